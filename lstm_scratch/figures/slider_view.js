// The sliders: turn a weight of a cell of one unit, and watch its memory.
//
// The memory is drawn as a pile of what was written: the step that read x₁ wrote i·g, and each later forget gate keeps
// its share of that. Dashed lines show where it was at the start.

// each slider has so many places, and the axis has room for what they give at so many of them
const PLACES = 200;
const TRIED = 5;
const MOST_TRIED = 20000;

class SliderView {
    constructor(data) {
        this.data = data;
        this.start = this.steps(this.values((slider) => slider.first));
        this.reach = this.furthest();
        part("title").textContent = data.title;
        part("sliders").append(...data.sliders.map((slider) => this.newSlider(slider)));
        part("back").addEventListener("click", () => this.back());
        for (const {name} of data.sliders) this.showValue(name);
        new ResizeObserver(() => this.draw()).observe(part("sliders"));
    }

    newSlider({name, low, high, first}) {
        const label = document.createElement("label");
        const slider = document.createElement("input");
        const value = document.createElement("output");
        Object.assign(slider, {type: "range", id: name, min: low, max: high, step: (high - low) / PLACES});
        slider.value = first;
        value.id = `${name}-value`;
        slider.addEventListener("input", () => this.moved(name));
        label.append(name, slider, value);
        return label;
    }

    values(of) {
        return Object.fromEntries(this.data.sliders.map((slider) => [slider.name, of(slider)]));
    }

    // The first value is kept exactly, although it may lie between two places of its slider.
    now({name, first}) {
        const slider = part(name);
        return slider.dataset.moved ? Number(slider.value) : first;
    }

    // The steps of the cell over the inputs, with these values in place of its weights. x is what each input is times.
    steps(values) {
        const {W, U, b, inputs} = this.data;
        const rows = {W: [...W], U: [...U], b: [...b]};
        for (const [name, value] of Object.entries(values)) {
            if (name !== "x") rows[name[0]][GATES.indexOf(name[2])] = value;
        }
        const cell = new LSTMCell(rows.W, rows.U, rows.b);
        const steps = [];
        let [h, c] = [0, 0];
        for (const input of inputs) {
            const x = input * ("x" in values ? values.x : 1);
            const step = cell.step(0, [x], [h], c);
            [h, c] = [step.h, step.c];
            steps.push({x, ...step, pile: pileOf([...steps, step])});
        }
        return steps;
    }

    // How far up and down the pile goes, with the sliders at some of their places, all combined.
    furthest() {
        const {sliders} = this.data;
        const tried = TRIED ** sliders.length <= MOST_TRIED ? TRIED : 2;
        let low = 0;
        let high = 0.1;
        for (let number = 0; number < tried ** sliders.length; number++) {
            const values = this.values((slider) => {
                const place = Math.floor(number / tried ** sliders.indexOf(slider)) % tried;
                return slider.low + ((slider.high - slider.low) * place) / (tried - 1);
            });
            for (const {pile} of [...this.steps(values), ...this.start]) {
                low = Math.min(low, sum(pile.filter((part) => part < 0)));
                high = Math.max(high, sum(pile.filter((part) => part > 0)));
            }
        }
        return {low, high};
    }

    showValue(name) {
        const slider = this.data.sliders.find((one) => one.name === name);
        showValue(part(name), shown(this.now(slider)));
    }

    moved(name) {
        part(name).dataset.moved = "yes";
        this.showValue(name);
        this.draw();
        say(this.inWords());
    }

    back() {
        for (const {name, first} of this.data.sliders) {
            part(name).value = first;
            delete part(name).dataset.moved;
            this.showValue(name);
        }
        this.draw();
        say(this.inWords());
    }

    inWords() {
        const steps = this.steps(this.values((slider) => this.now(slider)));
        const row = (name) => `${name} ${steps.map((step) => shown(step[name])).join(", ")}`;
        return ["x", "i", "f", "g", "o", "c", "h"].map(row).join("; ") + ".";
    }

    draw() {
        const steps = this.steps(this.values((slider) => this.now(slider)));
        const width = Math.min(720, part("sliders").clientWidth);
        const [left, top, height] = [34, 26, 190];
        const {low, high} = this.reach;
        const y = (value) => top + (height * (high - Math.max(low, Math.min(high, value)))) / (high - low);
        const step = (width - left) / steps.length;
        const bar = Math.min(90, 0.56 * step);
        // the middle of each column
        const x = (t) => left + step * (t + 0.5);
        const marks = [mark("line", {x1: left, x2: width, y1: y(0), y2: y(0), stroke: colour("ink")})];
        steps.forEach((now, t) => {
            marks.push(...this.column(now, x(t), bar, y, steps.length, t));
            if (t) marks.push(...this.kept(steps[t - 1], now, x(t - 1) + bar / 2, x(t) - bar / 2, y));
        });
        steps.forEach(({c}, t) => {
            const ghost = this.start[t].c;
            for (const side of [-1, 1]) {
                const near = x(t) + (side * bar) / 2;
                marks.push(this.ghost(near, near + 18 * side, y(ghost)));
            }
            const above = c < 0 ? y(c) + 17 : y(sum(steps[t].pile.filter((part) => part > 0))) - 6;
            marks.push(mark("text", {x: x(t), y: above, "text-anchor": "middle", class: "c"}, `c = ${shown(c)}`));
        });
        const bottom = top + height + 36;
        steps.forEach((now, t) => {
            const at = {x: x(t), y: bottom, "text-anchor": "middle"};
            marks.push(mark("text", at, `reads ${shown(now.x, now.x % 1 ? 2 : 0)}`));
        });
        ["i", "g", "o", "h"].forEach((name, k) => marks.push(...this.row(name, steps, x, bar, bottom + 22 + 20 * k)));
        const last = bottom + 22 + 80;
        marks.push(this.ghost(left, left + 24, last - 4));
        marks.push(mark("text", {x: left + 32, y: last, class: "small"}, "c where the sliders began"));
        draw(part("pile"), width, last + 8, `${this.data.title}. ${this.inWords()}`, marks);
    }

    // Where the memory was at the start.
    ghost(x1, x2, y) {
        return mark("line", {x1, x2, y1: y, y2: y, stroke: colour("ink"), "stroke-width": 2, "stroke-dasharray": "5 3"});
    }

    // One column of the pile: what is left of each piece, the oldest at the bottom.
    column({pile}, middle, bar, y, count) {
        const marks = [];
        let [up, down] = [0, 0];
        pile.forEach((part, k) => {
            const from = part < 0 ? down : up;
            if (part < 0) down += part;
            else up += part;
            const [high, low] = [Math.max(from, from + part), Math.min(from, from + part)];
            const box = {x: middle - bar / 2, y: y(high), width: bar, height: y(low) - y(high)};
            const look = {fill: shade("pile", 0.3 + (0.5 * k) / Math.max(1, count - 1)), stroke: colour("paper")};
            marks.push(mark("rect", {...box, ...look}));
            if (y(low) - y(high) < 15) return;
            const at = {x: middle, y: (y(high) + y(low)) / 2 + 5, "text-anchor": "middle"};
            marks.push(mark("text", at, shown(part)));
        });
        return marks;
    }

    // What the forget gate keeps, between two columns.
    kept(before, now, left, right, y) {
        const height = ({pile}, length) => sum(pile.slice(0, length).filter((part) => part > 0));
        const old = before.pile.length;
        const path = `M${left} ${y(0)}V${y(height(before, old))}L${right} ${y(height(now, old))}V${y(0)}Z`;
        const at = {x: (left + right) / 2, y: y(0) + 16, "text-anchor": "middle", fill: colourOfWords("vermilion")};
        return [mark("path", {d: path, fill: shade("grey", 0.16)}), mark("text", at, `f ${shown(now.f)}`)];
    }

    // A faint row of small bars below the pile, from −1 to 1.
    row(name, steps, x, bar, y) {
        const ink = {i: "blue", g: "green", o: "purple", h: "brown"}[name];
        const marks = [mark("text", {x: 14, y: y + 4, fill: colourOfWords(ink)}, name)];
        steps.forEach((step, t) => {
            const length = (bar / 2) * Math.abs(step[name]);
            const left = step[name] < 0 ? x(t) - bar / 2 - length + bar / 2 - 20 : x(t) - 20;
            marks.push(mark("rect", {x: left, y: y - 6, width: length, height: 10, fill: shade(ink, 0.45)}));
            marks.push(mark("text", {x: x(t) + bar / 2 - 12, y: y + 4, class: "small"}, shown(step[name])));
        });
        return marks;
    }
}

// What is left of everything that was written: each i·g times the forget gates after it.
function pileOf(steps) {
    return steps.map(({i, g}, k) => steps.slice(k + 1).reduce((left, {f}) => left * f, i * g));
}

function sum(numbers) {
    return numbers.reduce((one, other) => one + other, 0);
}

const view = new SliderView(JSON.parse(part("data").textContent));
