// Serving a directory over HTTP as a port: the replicated cache shows products and weblogs.

interface StaticSiteOptions {
  host: string;
  /** 0: any free port. */
  port: number;
}

export interface StaticSite {
  url: string;
  close(): Promise<void>;
}

export interface StaticSites {
  /** Serves `directory` read-only, with listings. Throws AppError `port_in_use`. */
  serve(directory: string, options: StaticSiteOptions): Promise<StaticSite>;
}
