// Every page's texts in one language: locales/en/<page>.json is the namespace <page>.
const files = import.meta.glob<object>("./en/*.json", { eager: true, import: "default" });

export const texts = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [path.replace(/^.*\/|\.json$/g, ""), text]),
);
