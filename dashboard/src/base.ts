/** Where Airflow mounts this page; its router adds the base path itself. */
export const BASE = "/plugin/cloudflow";
