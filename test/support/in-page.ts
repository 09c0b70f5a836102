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

/** Texts and labels with words in Latin letters, but for code, times and what is said to be in another language. */
export function latinTexts(): string[] {
  const apart =
    'code, pre, kbd, time, script, style, noscript, textarea, [lang="en"], .dc-mono, .dc-time, .uplot, option';
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
