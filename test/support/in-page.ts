// What is asked of a page from within: each function is sent to the browser as its text, so it knows nothing outside itself.

// biome-ignore lint/suspicious/noExplicitAny: the browser's, whose types the server's code must not see
declare const document: any, window: any, StorageEvent: any, NodeFilter: any, getComputedStyle: any;

/** Another tab has chosen this language. */
export function chooseLanguage(language: string): void {
  window.localStorage.setItem("distcron.language", language);
  window.dispatchEvent(new StorageEvent("storage", { key: "distcron.language", newValue: language }));
}

/** Null, or what makes the page wider than the window. */
export function tooWide(): string | null {
  const width = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= width) return null;
  const found: string[] = [];
  for (const element of document.body.querySelectorAll("*")) {
    const { right, width: own } = element.getBoundingClientRect();
    if (own === 0 || right <= width + 1) continue;
    // What scrolls by itself may be as wide as it likes.
    let box = element.parentElement;
    while (box && !/auto|scroll|hidden|clip/.test(getComputedStyle(box).overflowX)) box = box.parentElement;
    if (!box || box === document.body || box === document.documentElement)
      found.push(`<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> to ${right} px`);
  }
  return `${document.scrollingElement.scrollWidth} px wide in a window of ${width}: ${found.slice(0, 5).join(", ")}`;
}

/**
 * Marks rows and cards that are made like two others before them in the same list: the same elements with the same classes,
 * roles, states and colours. Answers the selector of those marked.
 */
export function setRepeatsApart(): string {
  const mark = "data-made-like-others";
  for (const marked of document.querySelectorAll(`[${mark}]`)) marked.removeAttribute(mark);
  // Their words differ from row to row, and whether there are any must not.
  const words =
    /^(id|href|for|title|alt|placeholder|value|datetime|d|aria-(label|labelledby|describedby|controls|owns))$/;
  type Element = { tagName: string; attributes: Iterable<{ name: string; value: string }>; childNodes: Iterable<Node> };
  type Node = Element & { nodeType: number; data: string };
  const makeOf = (element: Element): string => {
    const attributes = [...element.attributes].map(({ name, value }) => {
      if (words.test(name)) return `${name}=${value.trim() !== ""}`;
      return name === "style" && !/colou?r|background|opacity/.test(value) ? name : `${name}=${value}`;
    });
    const inside = [...element.childNodes].map((node) =>
      node.nodeType === 3 ? node.data.trim() && "text" : makeOf(node),
    );
    return `<${element.tagName} ${attributes.sort().join(" ")}>${inside.join("")}</>`;
  };
  const seen = new Map<unknown, Map<string, number>>();
  for (const row of document.querySelectorAll("tbody > tr, ul > li, ol > li, article")) {
    const makes = seen.get(row.parentElement) ?? new Map<string, number>();
    seen.set(row.parentElement, makes);
    const make = makeOf(row);
    const count = makes.get(make) ?? 0;
    makes.set(make, count + 1);
    if (count >= 2) row.setAttribute(mark, "");
  }
  return `[${mark}]`;
}

/** Ids at which labels, descriptions or controls point and that several elements have. */
export function sharedIds(): string[] {
  const pointing = [
    "for",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-owns",
    "aria-activedescendant",
  ];
  const wanted = new Set<string>();
  for (const name of pointing)
    for (const element of document.querySelectorAll(`[${name}]`))
      for (const id of element.getAttribute(name).split(/\s+/)) wanted.add(id);
  const count = new Map<string, number>();
  for (const { id } of document.querySelectorAll("[id]")) count.set(id, (count.get(id) ?? 0) + 1);
  return [...wanted].filter((id) => (count.get(id) ?? 0) > 1);
}

/** Texts and labels with words in Latin letters, but for code and times. */
export function latinTexts(): string[] {
  const apart = "code, pre, kbd, time, script, style, noscript, textarea, .dc-mono, .dc-time, .uplot, option";
  const isShown = (element: { checkVisibility(): boolean }) => element.checkVisibility();
  const found = new Set<string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (/[A-Za-z]{2,}/.test(node.data) && !parent.closest(apart) && isShown(parent)) found.add(node.data.trim());
  }
  for (const element of document.body.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (element.closest(apart) || !isShown(element)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      const text = element.getAttribute(name);
      if (text && /[A-Za-z]{2,}/.test(text)) found.add(`${name}: ${text}`);
    }
  }
  if (/[A-Za-z]{2,}/.test(document.title)) found.add(`title: ${document.title}`);
  return [...found];
}
