"""The version of the service, as documents and health checks name it; `CHANGELOG.md` tells what changed."""

VERSION = "0.2.0.dev0"
