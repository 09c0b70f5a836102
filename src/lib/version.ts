// The program's version, put in by the build; "dev" when run from source.
export const version: string = process.env.DISTCRON_BUILD_VERSION ?? "dev";
