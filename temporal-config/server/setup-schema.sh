#!/bin/sh
# Makes the two databases of the production Temporal server, or brings them up to the version of this temporal-sql-tool.
# What is there already stays; run it before each start of a newer server.
#   SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD   the PostgreSQL server; read by temporal-sql-tool
#   SQL_TOOL                                     the tool, where it goes by another name
set -eu

export SQL_PLUGIN=postgres12
tool="${SQL_TOOL:-temporal-sql-tool}"

setup() {
  # --defaultdb: PostgreSQL wants a database to connect to, even for making another one.
  "$tool" --database "$1" create-database --defaultdb postgres
  "$tool" --database "$1" setup-schema --version 0.0
  "$tool" --database "$1" update-schema --schema-name "$2"
}

setup temporal postgresql/v12/temporal
setup temporal_visibility postgresql/v12/visibility
