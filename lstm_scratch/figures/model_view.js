// The view of a model: type, and watch it read; hold one of its cells, and see what it expects then.

// surprise is white at 0 bits and deepest from this many bits on; a cell's colour is that of tanh(c)
const MOST_BITS = 8;
const LIKELIEST = 8;
const GUESSES = 5;
const MOST_WRITTEN = 500;
// reading goes on for so many milliseconds, then the page may answer to its reader
const SLICE = 10;
// all states of a long text are kept in memory, at most so many bytes of them
const MOST_BYTES = 128e6;

// What a model computes while it reads: the states after each character, and the surprise at it in bits.
//
// An unknown character is passed over: the state stays as it was. Before the first known one, nothing is expected.
class Reading {
    constructor(model, hand = null) {
        this.model = model;
        this.hand = hand;
        this.chars = [];
        this.start = {h: new Float32Array(model.hidden_size), c: new Float32Array(model.hidden_size), begun: false};
        this.after = [];
        this.bits = [];
        this.hits = [];
    }

    // Take another text: what was computed for the beginning that both share is kept.
    follow(chars, shared) {
        this.chars = chars;
        for (const list of [this.after, this.bits, this.hits]) list.length = Math.min(list.length, shared);
    }

    get done() {
        return this.after.length === this.chars.length;
    }

    // The state before the character at this place.
    before(place) {
        return place ? this.after[place - 1] : this.start;
    }

    // p of every character at this place; null where nothing is expected, or where it has not read yet.
    expected(place) {
        if (place > this.after.length || !this.before(place).begun) return null;
        return this.model.next(this.before(place).h);
    }

    // Read one more character.
    step() {
        const place = this.after.length;
        const id = this.model.index.get(this.chars[place]);
        const p = id === undefined ? null : this.expected(place);
        this.bits.push(p ? -Math.log2(p[id]) : NaN);
        this.hits.push(p !== null && p[id] === Math.max(...p));
        const {h, c} = this.before(place);
        if (id === undefined) {
            this.after.push(this.before(place));
        } else {
            const [h_now, c_now] = this.model.cell.forward(id, h, c, this.hand);
            this.after.push({h: h_now, c: c_now, begun: true});
        }
    }

    // Read on until all is read or the time is up.
    stepUntil(time) {
        while (!this.done && performance.now() < time) this.step();
    }

    knows(place) {
        return this.model.index.has(this.chars[place]);
    }

    // The gates of one cell and its states at a character that has been read.
    unit(cell, place) {
        const {h, c} = this.before(place);
        return this.model.cell.step(cell, this.model.index.get(this.chars[place]), h, c[cell], this.hand);
    }

    get meanBits() {
        const known = this.bits.filter((bits) => !Number.isNaN(bits));
        return known.length ? known.reduce((sum, bits) => sum + bits, 0) / known.length : NaN;
    }
}

// The numbers of the likeliest characters, likeliest first.
function ranked(p, count) {
    return Array.from(p.keys()).sort((one, other) => p[other] - p[one]).slice(0, count);
}

class ModelView {
    constructor(data) {
        this.model = new CharLM(data.model);
        this.reading = new Reading(this.model);
        // the same without a hand on a cell, to compare with
        this.untouched = null;
        this.box = part("text");
        this.spans = [];
        this.painted = 0;
        this.drawn = 0;
        this.writing = 0;
        this.goOn = 0;
        this.fitLetters();
        this.fill(data);
        this.listen();
        this.edited();
    }

    // Put into the page what its data says.
    fill(data) {
        const H = this.model.hidden_size;
        part("title").textContent = data.title;
        part("title").hidden = !data.title;
        part("about").textContent = data.about;
        part("about").hidden = !data.about;
        part("cell").max = H - 1;
        part("names").hidden = !Object.keys(data.cells).length;
        const options = Object.entries(data.cells).map(([name, cell]) => new Option(name, cell));
        part("named").replaceChildren(...options, new Option("the one with this number", ""));
        this.cell = Object.values(data.cells)[0] ?? 0;
        part("cell").value = this.cell;
        const most = Math.floor(Math.min(30000, MOST_BYTES / (8 * H)));
        this.box.maxLength = most;
        this.box.value = Array.from(data.text).slice(0, most).join("");
        this.box.setSelectionRange(this.box.value.length, this.box.value.length);
        // the marks at the end of the lines that are typed need a last line, too
        part("colours").append("\u200b");
    }

    listen() {
        this.box.addEventListener("input", () => this.edited());
        this.box.addEventListener("scroll", () => this.scrolled());
        document.addEventListener("selectionchange", () => this.drawCharts());
        part("write").addEventListener("click", () => (this.writing ? this.stop() : this.write()));
        part("clear").addEventListener("click", () => this.empty());
        part("named").addEventListener("change", () => this.choose(part("named").value));
        part("cell").addEventListener("change", () => this.choose(part("cell").value));
        for (const name of ["hand", "hold"]) part(name).addEventListener("input", () => this.touch());
        part("temperature").addEventListener("input", () => this.showSliders());
        for (const radio of document.querySelectorAll("input[type=radio]")) {
            radio.addEventListener("change", () => this.repaint());
        }
        new ResizeObserver(() => this.drawCharts()).observe(part("below"));
        this.showSliders();
    }

    // Each character of the copy is an element of its own, whose width a browser rounds up to 1/64 of a pixel. In a long
    // line the copy would break earlier than the text, so the letters get the size at which the least is rounded.
    fitLetters() {
        const ruler = document.createElement("span");
        ruler.textContent = "0".repeat(64);
        ruler.className = "ruler";
        part("colours").append(ruler);
        const rounded = (size) => {
            ruler.style.fontSize = `${size}px`;
            // the width of 64 letters in pixels is that of one letter in 64ths
            const width = ruler.getBoundingClientRect().width;
            return Math.ceil(width - 0.02) - width;
        };
        const sizes = Array.from({length: 41}, (_, k) => 16 - k / 100);
        const best = sizes.reduce((one, other) => (rounded(other) < rounded(one) ? other : one));
        ruler.remove();
        this.box.parentNode.style.setProperty("--letter", `${best}px`);
    }

    // --- what is chosen

    get bySurprise() {
        return document.querySelector("input[name=colour]:checked").value === "surprise";
    }

    get hand() {
        const what = part("hand").value;
        if (!what) return null;
        return what === "hold" ? {unit: this.cell, hold: Number(part("hold").value)} : {unit: this.cell, shut: what};
    }

    get place() {
        return Array.from(this.box.value.slice(0, this.box.selectionEnd)).length;
    }

    showSliders() {
        showValue(part("temperature"), shown(Number(part("temperature").value), 1));
        showValue(part("hold"), shown(Number(part("hold").value), 1));
        part("holding").hidden = part("hand").value !== "hold";
    }

    // Choose a cell by its number; whatever else is typed is moved to the nearest number of a cell.
    choose(number) {
        const typed = Math.round(Number(number)) || 0;
        if (number !== "") this.cell = Math.max(0, Math.min(this.model.hidden_size - 1, typed));
        const named = Array.from(part("named").options, (option) => option.value);
        part("cell").value = this.cell;
        part("named").value = number !== "" && named.includes(String(this.cell)) ? this.cell : "";
        if (this.hand) this.touch();
        this.repaint();
    }

    // Hold the cell, shut one of its gates or let it go, and read all again.
    touch() {
        this.showSliders();
        const hand = this.hand;
        const alone = this.untouched || this.reading;
        this.untouched = hand ? alone : null;
        this.reading = hand ? new Reading(this.model, hand) : alone;
        this.reading.follow(alone.chars, alone.chars.length);
        this.repaint();
    }

    // --- the text

    // The text has been changed: what is the same at its beginning and its end keeps its marks.
    edited(written = false) {
        const old = this.reading.chars;
        const chars = Array.from(this.box.value);
        const shorter = Math.min(old.length, chars.length);
        let before = 0;
        while (before < shorter && old[before] === chars[before]) before++;
        let after = 0;
        while (after < shorter - before && old[old.length - 1 - after] === chars[chars.length - 1 - after]) after++;
        const spans = chars.slice(before, chars.length - after).map((char) => this.newSpan(char, written));
        const removed = this.spans.splice(before, old.length - before - after, ...spans);
        for (const span of removed) span.remove();
        const next = this.spans[before + spans.length] || part("colours").lastChild;
        next.before(...spans);
        const last = Math.min(before + spans.length, this.spans.length - 1);
        for (let place = before; place <= last; place++) this.markSpan(place);
        for (const reading of [this.reading, this.untouched]) if (reading) reading.follow(chars, before);
        this.painted = Math.min(this.painted, before);
        this.scrolled();
        this.work();
    }

    newSpan(char, written) {
        const span = document.createElement("span");
        span.textContent = char;
        span.char = char;
        span.written = written;
        return span;
    }

    // What is marked at a character besides its colour.
    markSpan(place) {
        const span = this.spans[place];
        // after a space at the very end of a line, the sign would stand in the next line
        const isEnd = span.char === "\n" && (!place || this.spans[place - 1].char !== " ");
        span.kind = isEnd ? " end" : span.char === "\t" ? " tab" : "";
        if (!this.model.index.has(span.char)) span.kind += " unknown";
        if (span.written) span.kind += " written";
        span.className = span.kind;
    }

    // Read a little, paint it, and come back for the rest when the page has had time for its reader.
    work() {
        const end = performance.now() + SLICE;
        this.reading.stepUntil(end);
        if (this.untouched) this.untouched.stepUntil(end + SLICE);
        this.paint();
        const done = this.reading.done && (!this.untouched || this.untouched.done);
        clearTimeout(this.goOn);
        if (!done) this.goOn = setTimeout(() => this.work());
        else if (!this.writing) say(this.inWords());
        // while a long text is read, a look at it four times a second is enough
        if (!done && end < this.drawn + 250) return;
        this.drawn = end;
        this.describe();
        this.drawCharts();
    }

    // The copy with the colours stands where the text stands.
    scrolled() {
        part("colours").scrollTop = this.box.scrollTop;
        part("colours").scrollLeft = this.box.scrollLeft;
    }

    repaint() {
        this.painted = 0;
        this.work();
    }

    // Colour what has been read and is not coloured yet.
    paint() {
        const {bits, after} = this.reading;
        const bySurprise = this.bySurprise;
        const cell = this.cell;
        for (; this.painted < after.length; this.painted++) {
            const span = this.spans[this.painted];
            const share = bySurprise ? bits[this.painted] / MOST_BITS : Math.tanh(after[this.painted].c[cell]);
            const strength = this.reading.knows(this.painted) ? Math.min(1, Math.abs(share)) || 0 : 0;
            span.className = (share < 0 ? "below" : "") + span.kind;
            span.style.setProperty("--share", `${(100 * strength).toFixed(1)}%`);
        }
    }

    // --- what it writes

    // Write a character in each frame, or, where motion is unwelcome, fifty of them at a time.
    write() {
        this.writing = MOST_WRITTEN;
        part("write").textContent = "Stop";
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        const goOn = () => {
            for (let k = 0; k < (still ? 50 : 1) && this.writing; k++) this.writeOne();
            if (this.writing && still) setTimeout(goOn, 500);
            else if (this.writing) requestAnimationFrame(goOn);
        };
        goOn();
    }

    writeOne() {
        const length = this.box.value.length;
        if (!this.reading.done) return;
        const state = this.reading.before(this.reading.chars.length);
        if (!state.begun || length + 2 > this.box.maxLength) return this.stop();
        const p = this.model.next(state.h, Number(part("temperature").value));
        this.box.setRangeText(this.model.characters[this.model.draw(p)], length, length, "end");
        this.box.scrollTop = this.box.scrollHeight;
        this.edited(true);
        if (!--this.writing) this.stop();
    }

    stop() {
        this.writing = 0;
        part("write").textContent = "Let it write";
        say(`It wrote. ${this.inWords()}`);
    }

    empty() {
        this.writing = 0;
        this.stop();
        this.box.value = "";
        this.edited();
        this.box.focus();
    }

    // --- what is said

    // What the colours mean, and what the model does not know.
    describe() {
        const {chars, after, meanBits, done} = this.reading;
        const strip = document.createElement("span");
        strip.className = "strip";
        const ends = this.bySurprise ? ["paper", "warm"] : ["cold", "paper", "warm"];
        strip.style.background = `linear-gradient(to right, ${ends.map(colour).join(", ")})`;
        const scale = this.bySurprise
            ? ["surprise: 0", `${MOST_BITS} bits or more`]
            : [`memory cell ${this.cell}: below zero`, "above zero"];
        const words = [];
        if (!Number.isNaN(meanBits)) words.push(`${shown(meanBits)} bits per character on average`);
        if (!done) words.push(`${after.length} of ${chars.length} characters read`);
        if (this.spans.some((span) => span.written)) words.push("underlined: written by the model");
        const unknown = this.unknown();
        if (unknown.length) words.push(`framed and passed over, because the model does not know them: ${unknown.join(", ")}`);
        if (chars.length >= this.box.maxLength - 1) words.push(`the box is full with ${this.box.maxLength} characters`);
        part("key").replaceChildren(scale[0], strip, scale[1], words.length ? `. ${capital(words.join("; "))}.` : ".");
        part("write").disabled = !this.writing && !this.reading.before(after.length).begun;
        this.describeHand();
    }

    unknown() {
        const chars = new Set(this.reading.chars.filter((char) => !this.model.index.has(char)));
        const names = Array.from(chars, (char) => `${sign(char)} (${codePoint(char)})`.replace(/^(U\+\w+) \(\1\)$/, "$1"));
        return names.length > 12 ? [...names.slice(0, 12), `and ${names.length - 12} more`] : names;
    }

    describeHand() {
        const words = this.untouched
            ? `${shown(this.reading.meanBits)} bits per character, and ${shown(this.untouched.meanBits)} if left alone`
            : "";
        part("effect").textContent = this.untouched && !Number.isNaN(this.reading.meanBits) ? words : "";
    }

    // The place at which one types, in words.
    inWords() {
        const p = this.reading.expected(this.place);
        if (!p) return "Nothing is expected yet.";
        const next = ranked(p, 3).map((id) => `${sign(this.model.characters[id])} ${shown(p[id])}`);
        const about = this.lastInWords();
        return `${about}${about ? ". " : ""}Likeliest next: ${next.join(", ")}. ${part("effect").textContent}`;
    }

    // The character before the caret, in words.
    lastInWords() {
        const place = this.place - 1;
        const {bits, chars, after} = this.reading;
        if (place < 0 || place >= after.length) return "";
        const char = sign(chars[place]);
        if (!this.reading.knows(place)) return `${char} is unknown`;
        const c = this.bySurprise ? "" : `, c ${shown(after[place].c[this.cell])}`;
        if (Number.isNaN(bits[place])) return `${char} is the first${c}`;
        const p = 2 ** -bits[place];
        return `${char} had p ${p < 0.001 ? "below 0.001" : `= ${shown(p, 3)}`}, ${shown(bits[place], 1)} bits${c}`;
    }

    // --- the charts

    drawCharts() {
        this.drawBars();
        if (document.querySelector("input[name=below]:checked").value === "gates") this.drawGates();
        else this.drawGuesses();
    }

    // The likeliest characters at the caret on an axis from 0 to 1; the one that comes true is orange.
    drawBars() {
        const place = this.place;
        const p = this.reading.expected(place);
        const other = this.untouched && this.untouched.expected(place);
        const svg = part("bars");
        const width = Math.max(220, part("beside").clientWidth);
        const [left, top, row] = [64, 46, 20];
        const x = (value) => left + value * (width - left - 46);
        const bottom = top + row * (LIKELIEST + 1);
        const marks = [mark("text", {x: 0, y: 14}, "What comes next?")];
        marks.push(mark("text", {x: 0, y: 32, class: "small"}, this.lastInWords()));
        for (const value of [0, 0.5, 1]) {
            const line = {x1: x(value), x2: x(value), y1: top, y2: bottom, stroke: colour("line")};
            marks.push(mark("line", line));
            marks.push(mark("text", {x: x(value), y: bottom + 15, "text-anchor": "middle", class: "small"}, value));
        }
        marks.push(mark("text", {x: x(0.5), y: bottom + 31, "text-anchor": "middle", class: "small"}, "probability"));
        const true_id = this.model.index.get(this.reading.chars[place]);
        const rows = p ? this.rowsOf(p, other, true_id) : [];
        rows.forEach((id, k) => {
            const y = top + row * k + 3;
            const middle = y + 12;
            const name = sign(this.model.characters[id]);
            const fill = colour(id === true_id ? "vermilion" : "blue");
            marks.push(mark("text", {x: left - 8, y: middle, "text-anchor": "end", class: "char"}, name));
            marks.push(mark("rect", {x: left, y, width: x(p[id]) - left, height: 14, fill}));
            if (other) {
                const ghost = {x: left, y, width: x(other[id]) - left, height: 14, fill: "none", stroke: colour("ink")};
                marks.push(mark("rect", {...ghost, "stroke-dasharray": "3 2"}));
            }
            const end = x(Math.max(p[id], other ? other[id] : 0)) + 5;
            marks.push(mark("text", {x: end, y: middle, class: "small"}, shown(p[id])));
        });
        draw(svg, width, bottom + 36, p ? this.inWords() : "Nothing is expected yet.", marks);
    }

    // The likeliest characters, and last the one that comes true if it is not among them.
    rowsOf(p, other, true_id) {
        const most = other ? p.map((value, id) => Math.max(value, other[id])) : p;
        const rows = ranked(most, LIKELIEST);
        if (true_id !== undefined && !rows.includes(true_id)) rows.push(true_id);
        return rows;
    }

    // The places that fit below the text, around the caret, and where each of them is drawn.
    columns(left, extra = 0) {
        const width = Math.max(220, part("below").clientWidth);
        const size = 21;
        const count = Math.floor((width - left) / size);
        const length = this.reading.chars.length + extra;
        const first = Math.max(0, Math.min(this.place - Math.round(0.7 * count), length - count));
        const places = Array.from({length: Math.min(count, length - first)}, (_, k) => first + k);
        return {width, size, places, x: (place) => left + (place - first) * size};
    }

    // The text above a chart, with the caret.
    textRow(columns, y) {
        const marks = columns.places.map((place) => {
            const char = this.reading.chars[place];
            const x = columns.x(place) + columns.size / 2;
            const known = char === undefined || this.reading.knows(place);
            const name = char === undefined ? "" : sign(char).length > 2 ? "□" : sign(char);
            const fill = colour(known && char !== " " && char !== "\n" ? "ink" : "grey");
            return mark("text", {x, y, "text-anchor": "middle", class: "char", fill}, name);
        });
        const caret = columns.x(this.place);
        marks.push(mark("line", {x1: caret, x2: caret, y1: y - 15, y2: y + 6, stroke: colour("blue"), "stroke-width": 2}));
        return marks;
    }

    // Five guesses above each other before each character; the one that comes true is framed.
    drawGuesses() {
        const narrow = part("below").clientWidth < 560;
        const left = narrow ? 26 : 78;
        const columns = this.columns(left, 1);
        const [top, row] = [34, 25];
        const marks = this.textRow(columns, 20);
        const missed = [];
        const labels = narrow ? ["1", "", "", "", "5", "×"] : ["likeliest", "", "", "", "fifth", "none of them"];
        labels.forEach((words, k) => {
            marks.push(mark("text", {x: left - 6, y: top + row * k + 17, "text-anchor": "end", class: "small"}, words));
        });
        for (const place of columns.places) {
            const p = this.reading.expected(place);
            if (!p) continue;
            const true_id = this.model.index.get(this.reading.chars[place]);
            const ids = ranked(p, GUESSES);
            ids.forEach((id, k) => {
                const box = {x: columns.x(place) + 1, y: top + row * k + 1, width: columns.size - 2, height: row - 2};
                marks.push(mark("rect", {...box, fill: shade("cold", p[id] ** 0.7)}));
                const at = {x: columns.x(place) + columns.size / 2, y: top + row * k + 17, "text-anchor": "middle"};
                const name = sign(this.model.characters[id]);
                marks.push(mark("text", {...at, class: "char"}, name.length > 2 ? "□" : name));
                if (id === true_id) {
                    marks.push(mark("rect", {...box, fill: "none", stroke: colour("vermilion"), "stroke-width": 2.5}));
                }
            });
            if (true_id !== undefined && !ids.includes(true_id)) missed.push(place);
        }
        for (const place of missed) {
            const x = columns.x(place) + columns.size / 2;
            const fill = colourOfWords("vermilion");
            marks.push(mark("text", {x, y: top + row * GUESSES + 17, "text-anchor": "middle", fill}, "×"));
        }
        const {hits, bits} = this.reading;
        const of = bits.filter((value) => !Number.isNaN(value)).length;
        const right = hits.filter(Boolean).length;
        const words = of ? `The first guess is right at ${right} of ${of} characters.` : "Nothing is guessed yet.";
        const y = top + row * (GUESSES + 1) + 20;
        marks.push(mark("text", {x: left, y}, words));
        draw(part("strip"), columns.width, y + 8, `Five guesses before each character. ${words}`, marks);
    }

    // The gates of one cell below the text, and what the cell holds.
    drawGates() {
        const narrow = part("below").clientWidth < 560;
        const left = narrow ? 50 : 108;
        const columns = this.columns(left);
        const read = columns.places.filter((place) => place < this.reading.after.length && this.reading.knows(place));
        const steps = new Map(read.map((place) => [place, this.reading.unit(this.cell, place)]));
        const marks = [];
        for (const [place, {c}] of steps) {
            const share = Math.tanh(c);
            const box = {x: columns.x(place), y: 2, width: columns.size, height: 26};
            marks.push(mark("rect", {...box, fill: shade(share < 0 ? "cold" : "warm", Math.abs(share))}));
        }
        marks.push(...this.textRow(columns, 20));
        ["i", "f", "o"].forEach((gate, k) => {
            const y = 36 + 27 * k;
            const fill = colourOfWords(GATE_COLOURS[gate]);
            const name = narrow ? gate : GATE_NAMES[gate];
            marks.push(mark("text", {x: left - 8, y: y + 16, "text-anchor": "end", fill}, name));
            for (const [place, step] of steps) {
                const box = {x: columns.x(place) + 1, y, width: columns.size - 2, height: 22};
                const look = {fill: shade(GATE_COLOURS[gate], step[gate]), stroke: colour("line")};
                marks.push(mark("rect", {...box, ...look}));
            }
        });
        marks.push(...this.memory(columns, steps, left, 122));
        const at = steps.get(this.place - 1);
        const numbers = at ? Object.entries(at).map(([name, value]) => `${name} ${shown(value)}`).join(", ") : "";
        const words = `Cell ${this.cell}${at ? ` at ${sign(this.reading.chars[this.place - 1])}: ${numbers}` : ""}`;
        marks.push(mark("text", {x: 0, y: 252}, words));
        draw(part("strip"), columns.width, 260, `The gates of a memory cell over the text. ${words}`, marks);
    }

    // The line of tanh(c), which lies between −1 and 1.
    memory(columns, steps, left, top) {
        const y = (value) => top + 50 - 50 * value;
        const marks = [];
        for (const value of [1, 0, -1]) {
            const line = {x1: left, x2: columns.width, y1: y(value), y2: y(value), stroke: colour("line")};
            marks.push(mark("line", line));
            const words = value ? shown(value, 0) : "tanh(c) 0";
            marks.push(mark("text", {x: left - 8, y: y(value) + 4, "text-anchor": "end", class: "small"}, words));
        }
        let path = "";
        for (const [place, {c}] of steps) {
            const share = Math.tanh(c);
            const x = columns.x(place);
            const box = {x, y: Math.min(y(share), y(0)), width: columns.size, height: Math.abs(y(share) - y(0))};
            marks.push(mark("rect", {...box, fill: colour(share < 0 ? "cold" : "warm")}));
            path += `${path && steps.has(place - 1) ? "L" : "M"}${x} ${y(share)}H${x + columns.size}`;
        }
        marks.push(mark("path", {d: path, fill: "none", stroke: colour("ink"), "stroke-width": 2}));
        return marks;
    }
}

function capital(words) {
    return words[0].toUpperCase() + words.slice(1);
}

const view = new ModelView(JSON.parse(part("data").textContent));
