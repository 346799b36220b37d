import type { NextConfig } from "next";

const service = process.env.SERVICE_URL;

const config: NextConfig = {
  // As create-next-app sets them.
  cacheComponents: true,
  partialPrefetching: true,
  // The addresses of the service end with a slash. Next.js would redirect to those without.
  skipTrailingSlashRedirect: true,
  async rewrites() {
    if (!service) return [];
    return ["api", "sse", "ws"].map((room) => ({
      source: `/:language(en|ar)/${room}/:path*`,
      destination: `${service}/:language/${room}/:path*/`,
    }));
  },
};

export default config;
