# One image for all our processes: the API, each worker, the migrations and the set-up of Temporal. Which one a container is,
# its command says. Node runs the TypeScript as it is.

# The Node that package.json brings for development is the same one; a test compares them.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# What runs in production. No package of ours needs its install script: their binaries are packages themselves.
# Optional packages are the database client's tools and the bundler's compiler, which only the next stage uses.
FROM base AS packages
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# What is made once, here, by tools that production does without: the database client, the bundle of
# the workflows, and the web app.
FROM base AS made
RUN npm ci --include=dev --ignore-scripts
COPY . .
# The tool looks for an engine to download, which nothing here needs; any file that exists ends the search.
ENV PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node CHECKPOINT_DISABLE=1
RUN node node_modules/prisma/build/index.js generate --no-hints
RUN node workers/bundle-workflows.ts workflow-bundle.js
RUN node workers/bundle-workflows.ts workflow-bundle.traced.js --traced
RUN node scripts/build-web.ts

FROM base
COPY --from=packages /app/node_modules node_modules
COPY --from=made /app/workflow-bundle.js /app/workflow-bundle.traced.js ./
COPY --from=made /app/prisma/generated prisma/generated
COPY --from=made /app/web/dist web/dist
# .dockerignore names what this takes. It belongs to root, so the processes can't change their own program.
COPY . .
# A new volume takes over the owner of the folder that it is mounted on.
RUN install --directory --owner=node --group=node /data/files

# Inside a container the loopback address reaches nobody.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 STORAGE_DIR=/data/files WORKFLOW_BUNDLE=/app/workflow-bundle.js
USER node
EXPOSE 3000
HEALTHCHECK --start-period=60s --start-interval=1s --interval=15s --timeout=5s --retries=3 \
  CMD ["node", "scripts/healthcheck.ts"]
CMD ["node", "--enable-source-maps", "api/main.ts"]
