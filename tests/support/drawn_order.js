// Looks at where each character of a text is drawn, and returns what is in another place than Arabic is
// read: from right to left, numbers from left to right, formulas from left to right unless an
// Arabic letter stands in them. It knows nothing of how the page marks directions.

(() => {
  const NUMBER = /\p{Nd}/u;
  const NOT_DRAWN = /[\s\p{M}\u2066-\u2069]/u;
  const ARABIC_LETTER = /[\u0620-\u064a]/;
  const TOLERANCE = 2; // pixels: what stands beside something may touch it

  function boxOf(rects, text) {
    const [left, right] = [Math.min(...rects.map((r) => r.left)), Math.max(...rects.map((r) => r.right))];
    const [top, bottom] = [Math.min(...rects.map((r) => r.top)), Math.max(...rects.map((r) => r.bottom))];
    return { left, right, top, bottom, text, x: (left + right) / 2, y: (top + bottom) / 2 };
  }

  function characters(node) {
    const found = [];
    for (let at = 0; at < node.data.length; at++) {
      if (NOT_DRAWN.test(node.data[at])) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      found.push({ at, ...boxOf([...range.getClientRects()], node.data[at]) });
    }
    return found;
  }

  /** Join the digits of each number, with what is written with them without a space: 12.5, 3:2, 25π, 36°. */
  function units(node, wrong) {
    const found = [];
    for (const character of characters(node)) {
      const last = found.at(-1);
      const isNext = last && last.end === character.at;
      const separates = /[.,٫/:]/.test(character.text) && NUMBER.test(node.data[character.at + 1] ?? "");
      if (isNext && last.isNumber && (/[\p{Nd}°π]/u.test(character.text) || separates)) {
        if (character.x <= last.last.x) wrong.push(`${last.text}${character.text}: digits`);
        Object.assign(last, boxOf([last, character], last.text + character.text), { last: character, end: character.at + 1 });
      } else found.push({ ...character, isNumber: NUMBER.test(character.text), last: character, end: character.at + 1 });
    }
    return found;
  }

  function inOrder(boxes, direction, wrong) {
    boxes.slice(1).forEach((box, index) => {
      const before = boxes[index];
      const overlap = direction === "ltr" ? before.right - box.left : box.right - before.left;
      if (!(overlap <= TOLERANCE)) wrong.push(`${before.text} and ${box.text}: not ${direction}`);
    });
  }

  function formula(node, direction, wrong) {
    if (!node.children.length) {
      const parts = [...node.childNodes].flatMap((text) => units(text, wrong));
      return boxOf(parts, node.textContent);
    }
    const boxes = [...node.children].map((child) => formula(child, direction, wrong));
    const [first, second] = boxes;
    if (node.localName === "mfrac") {
      if (second.y - first.y < 3 * TOLERANCE || Math.abs(first.x - second.x) > TOLERANCE) wrong.push(`${first.text} is not over ${second.text}`);
    } else inOrder(boxes, direction, wrong);
    if (node.localName === "msup" && second.y >= first.y) wrong.push(`${second.text} is not raised`);
    return boxOf(boxes, node.textContent);
  }

  function unitsOf(node, wrong) {
    if (node.nodeType === Node.TEXT_NODE) return units(node, wrong);
    if (node.localName !== "math") return [...node.childNodes].flatMap((child) => unitsOf(child, wrong));
    const direction = ARABIC_LETTER.test(node.textContent) ? "rtl" : "ltr";
    formula(node, direction, wrong);
    return [boxOf([node.getBoundingClientRect()], node.textContent)];
  }

  /** What is drawn in the wrong place in an element with a text. */
  window.drawnWrongly = (element) => {
    const wrong = [];
    const size = parseFloat(getComputedStyle(element).fontSize);
    const found = unitsOf(element, wrong);
    found.slice(1).forEach((unit, index) => {
      const before = found[index];
      const isNextLine = unit.y - before.y > 0.8 * size;
      if (!isNextLine && !(unit.x < before.x)) wrong.push(`${before.text} and ${unit.text}: not from right to left`);
    });
    return wrong;
  };

  /** The characters of an element of one line as they stand from left to right. */
  window.drawn = (element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) found.push(...characters(walker.currentNode));
    return found.sort((one, other) => one.x - other.x).map(({ text }) => text).join("");
  };
})();
