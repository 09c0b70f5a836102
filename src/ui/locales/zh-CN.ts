// Every page's texts in one language: locales/zh-CN/<page>.json is the namespace <page>.
const files = import.meta.glob<object>("./zh-CN/*.json", { eager: true, import: "default" });

export const texts = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [path.replace(/^.*\/|\.json$/g, ""), text]),
);
