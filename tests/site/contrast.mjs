// Measures contrast by computed colours (WCAG 2.2, *1.4.3 Contrast (Minimum)* and *1.4.11 Non-text Contrast*).

// Runs in the page. Returns the texts and borders with too little contrast, and how many were measured.
export function badContrasts() {
  const parse = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    if (!colour.startsWith("rgb")) throw new Error(`a colour of another kind: ${colour}`);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const over = (top, ground) => top.rgb.map((part, place) => part * top.alpha + ground[place] * (1 - top.alpha));
  const grounds = new Map();
  const groundOf = (node) => {
    if (!node) return [255, 255, 255];
    if (!grounds.has(node)) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      grounds.set(node, colour.alpha === 1 ? colour.rgb : over(colour, groundOf(node.parentElement)));
    }
    return grounds.get(node);
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const seen = (node) => {
    const box = node.getBoundingClientRect();
    return node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box.width > 1 && box.height > 1;
  };

  const bad = [];
  let looked = 0;
  const judge = (node, style, what) => {
    const ground = groundOf(node);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const reached = ratio(over(parse(style.color), ground), ground);
    looked += 1;
    if (reached < (large ? 3 : 4.5)) bad.push(`${what}: ${reached.toFixed(2)} for ${style.color} on ${ground}`);
  };

  for (const details of document.querySelectorAll("details")) details.open = true;
  const marks = new Set();
  for (const node of document.body.querySelectorAll("*")) {
    // All marks of one kind in a piece of code look the same.
    if (node.matches("pre span")) {
      looked += 1;
      if (marks.has(node.className)) continue;
      marks.add(node.className);
    }
    if (!seen(node)) continue;
    const style = getComputedStyle(node);
    const text = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE)
      .map((child) => child.textContent.trim()).join(" ").trim();
    if (text) judge(node, style, `${node.tagName} «${text.slice(0, 40)}»`);
    for (const pseudo of ["::before", "::after"]) {
      const before = getComputedStyle(node, pseudo);
      if (/[^"\s]/.test(before.content) && !["none", "normal"].includes(before.content)) {
        judge(node, before, `${node.tagName}${pseudo} ${before.content}`);
      }
    }
    if (node.matches("input[type=search]")) {
      judge(node, { ...style, color: getComputedStyle(node, "::placeholder").color, fontSize: style.fontSize }, "placeholder");
    }
    if (node.matches("input[type=search], button, .choice label")) {
      const ground = groundOf(node.parentElement);
      const reached = ratio(over(parse(style.borderTopColor), ground), ground);
      if (reached < 3) bad.push(`border of ${node.tagName} «${text}»: ${reached.toFixed(2)}`);
    }
  }
  return { bad, looked };
}
