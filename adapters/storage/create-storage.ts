import type { StorageSettings } from '../../platform/config.ts';
import { createLocalFolderStorage } from './local-folder.ts';
import { createS3Storage, type S3Location } from './s3.ts';
import type { FileStorage } from './storage.ts';

/** The file storage that the settings name: a bucket, or else a folder. */
export function createStorage(settings: StorageSettings): FileStorage {
  const { STORAGE_URL } = settings;
  if (STORAGE_URL === undefined) return createLocalFolderStorage(settings.STORAGE_DIR);
  return createS3Storage(locationOf(STORAGE_URL, settings));
}

function locationOf(url: string, settings: StorageSettings): S3Location {
  const { hostname, pathname } = new URL(url);
  const folders = pathname.split('/').filter(Boolean);
  return {
    bucket: hostname,
    prefix: folders.map((folder) => `${decodeURIComponent(folder)}/`).join(''),
    endpoint: settings.STORAGE_S3_ENDPOINT,
    region: settings.STORAGE_S3_REGION,
    pathStyle: settings.STORAGE_S3_PATH_STYLE,
  };
}
