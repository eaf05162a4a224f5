// What the views share: marks of SVG, numbers and characters as they are shown, and words for those who do not see.

const GATE_NAMES = {i: "input gate i", f: "forget gate f", g: "candidate g", o: "output gate o"};
const GATE_COLOURS = {i: "blue", f: "vermilion", g: "green", o: "purple"};

// The element of the page with this id.
function part(id) {
    return document.getElementById(id);
}

// An element of SVG. What it says is set as text, so that it is never read as markup.
function mark(name, attributes = {}, words = "") {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = words;
    return element;
}

// Draw these marks in an SVG of this size, which says in words what it shows.
function draw(svg, width, height, words, marks) {
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", words);
    svg.replaceChildren(...marks);
}

// The colour of a mark, or of words that belong to it, which may be darker.
function colour(name) {
    return `var(--${name})`;
}

function colourOfWords(name) {
    return `var(--${name}-words)`;
}

// Part of a colour: 0 is the paper, 1 is the colour itself.
function shade(name, share) {
    const most = Math.max(0, Math.min(1, share));
    return `color-mix(in srgb, var(--${name}) ${(100 * most).toFixed(1)}%, var(--paper))`;
}

// A number with two digits after the point, and a true minus sign.
function shown(value, digits = 2) {
    const rounded = value.toFixed(digits);
    return Number(rounded) === 0 ? (0).toFixed(digits) : rounded.replace("-", "−");
}

// A character in a form that can be seen: spaces, line ends and tabs as their usual signs, and all others that are
// invisible as their code points.
function sign(char) {
    const usual = {" ": "␣", "\n": "⏎", "\t": "⇥"}[char];
    if (usual) return usual;
    return /^[\p{Z}\p{C}]$/u.test(char) ? codePoint(char) : char;
}

function codePoint(char) {
    return "U+" + char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
}

// Say what has changed, politely: when nothing has happened for a moment.
let aboutToSay = null;
function say(words) {
    clearTimeout(aboutToSay);
    aboutToSay = setTimeout(() => (part("said").textContent = words), 700);
}

// Show the value of a slider as it is drawn, to eyes and to ears.
function showValue(slider, words) {
    part(slider.id + "-value").textContent = words;
    slider.setAttribute("aria-valuetext", words);
}

// In a notebook, the frame around this page becomes as high as the page.
function fitFrame() {
    if (window.frameElement) window.frameElement.style.height = `${document.body.offsetHeight + 2}px`;
}

new ResizeObserver(fitFrame).observe(document.body);
