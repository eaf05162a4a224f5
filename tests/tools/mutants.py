"""Do the tests look at every line of the arithmetic? Break it in one place after another, and see them fail.

python tests/tools/mutants.py [NUMBER ...]        in a copy of the repository; status 1 if one of them survives
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# the package need not be installed
sys.path.insert(0, str(ROOT))

from lstm_scratch.lessons.slips import change_function

# module, function: what stands there once, and what the mutant has instead
MUTANTS = {
    "cell": {
        "LSTMCell.forward": [
            ("i = sigmoid(x @ self.W_i.T + h_prev @ self.U_i.T + self.b_i)", "i = sigmoid(x @ self.W_i.T + h_prev @ self.U_i.T)"),
            ("f = sigmoid(x @ self.W_f.T", "f = sigmoid(x @ self.W_i.T"),
            ("h_prev @ self.U_g.T", "h_prev @ self.U_g"),
            ("o = sigmoid(x @", "o = np.tanh(x @"),
            ("c = f * c_prev + i * g", "c = f * c_prev - i * g"),
            ("        h = o * np.tanh(c)", "        h = o * c"),
        ],
        "LSTMCell.backward": [
            ("do = dh * np.tanh(c)", "do = dh * c"),
            ("dc = dc + dh * o * tanh_derivative(np.tanh(c))", "dc = dh * o * tanh_derivative(np.tanh(c))"),
            ("tanh_derivative(np.tanh(c))", "tanh_derivative(c)"),
            ("df = dc * c_prev", "df = dc * c"),
            ("dc_prev = dc * f", "dc_prev = dc"),
            ("di * sigmoid_derivative(i)", "di * tanh_derivative(i)"),
            ("[dz_i, dz_f, dz_g, dz_o]", "[dz_i, dz_f, dz_o, dz_g]"),
            ("dh_prev = dz @ self.U", "dh_prev = dz @ self.U * 0.99"),
            ("db = dz_rows.sum(axis=0)", "db = dz_rows.mean(axis=0)"),
        ],
        "whole": [
            ("cell.params[name] = values", "cell.params[name][...] = 0"),
        ],
        "rows": [
            ("[gate * H : (gate + 1) * H]", "[gate * H : (gate + 1) * H].copy()"),
            ("[gate * H : (gate + 1) * H]", "[:H]"),
        ],
        "unroll": [
            ("h, c = step.h, step.c", "h = step.h"),
        ],
        "backward_through_time": [
            ("dh_t + dh_next", "dh_t"),
            ("np.array(dx[::-1])", "np.array(dx)"),
            ("(len(steps), *shape)", "(len(dh), *shape)"),
        ],
    },
    "layer": {
        "LSTM.__init__": [
            ("b[H : 2 * H] =", "b[:H] ="),
            ("bound = 1 / np.sqrt(H)", "bound = 1 / np.sqrt(input_size)"),
        ],
        "Pass": [
            ("h.flags.writeable = False", "h.flags.writeable = True"),
            ("self.tape.c[-1].copy()", "self.tape.c[-1]"),
        ],
        "LSTM.forward": [
            ("self._check_input(x).copy()", "self._check_input(x)"),
            ("passed._replace(W=passed.W.copy())", "passed"),
        ],
        "LSTM.backward": [
            ("        self._kept = None\n", ""),
        ],
        "LSTM.run": [
            ("np.take(WT + ready_b, x", "np.take(WT, x"),
            ("            z_x += ready_b\n", ""),
            ("padded_copy(U, memory) if back else U", "U"),
            ("        if U is None:\n", "        if True:\n"),
        ],
        "LSTM._take_memory": [
            ("self._spare.pop()", "self._spare[0]"),
        ],
        "LSTM.trace": [
            ("i, f, o, g = passed.tape.gates", "i, f, g, o = passed.tape.gates"),
            ("array.copy() for", "array for"),
        ],
        "weight_gradients": [
            ("passed.tape.h[:-1]", "passed.tape.h[1:]"),
        ],
        "one_hot_rows": [
            ("    x_rows[...] = 0\n", ""),
            ("x_rows[np.arange(ids.size), ids.ravel()]", "x_rows[np.arange(ids.size), ids.T.ravel()]"),
        ],
        "LSTM.stepper": [
            ("        WT += b\n", ""),
        ],
    },
    "kernels": {
        "reorder_and_halve": [
            ("i, f, g, o = param", "i, f, o, g = param"),
            ("range(0, H, CACHE_LINE)", "range(0, H - 1, CACHE_LINE)"),
        ],
        "forward_steps": [
            ("        ifo += 0.5\n", "        ifo += 0.5 + 1e-10\n"),
            ("np.multiply(f, tape.c[t], out=c)", "np.multiply(i, tape.c[t], out=c)"),
            ("np.multiply(o, tanh_c, out=h)", "np.multiply(o, c, out=h)"),
        ],
        "slopes": [
            ("    dc_dzf *= c_prev\n", ""),
            ("np.subtract(1, dc_dzg, out=dc_dzg)", "np.subtract(2, dc_dzg, out=dc_dzg)"),
            ("np.subtract(o, dh_dc, out=dh_dc)", "np.subtract(1, dh_dc, out=dh_dc)"),
        ],
        "backward_steps": [
            ("if t == T - 1 or n == few - 1:", "if t == T - 1:"),
            ("dh += dh_out[t]", "dh[...] = dh_out[t]"),
            ("np.multiply(dc, gates[t, 1]", "np.multiply(dc, gates[t, 0]"),
            ("        dc[...] = product\n", ""),
        ],
        "padded_copy": [
            ("    copied[...] = U\n", "    copied[...] = U[0]\n"),
        ],
    },
    "activations": {
        "sigmoid": [
            ('np.tanh(0.5 * as_numbers("z", z))', 'np.tanh(as_numbers("z", z))'),
            ('0.5 * (1.0 + np.tanh(0.5 * as_numbers("z", z)))', "1 / (1 + np.exp(-np.asarray(z)))"),
        ],
        "sigmoid_derivative": [
            ("return s * (1.0 - s)", "return s * (1.0 + s)"),
        ],
        "tanh_derivative": [
            ("return 1.0 - t * t", "return 1.0 - t"),
        ],
        "shifted": [
            ("return logits - np.max(logits, axis=-1, keepdims=True)", "return logits - np.max(logits)"),
        ],
        "cross_entropy": [
            ("total = p.sum(axis=-1", "total = 1 + p.sum(axis=-1"),
            ("np.mean(np.log(total[:, 0]) - z_target", "np.sum(np.log(total[:, 0]) - z_target"),
            ("p /= total * N", "p /= total"),
        ],
    },
    "gradcheck": {
        "difference_quotient": [
            ("/ (above - below)", "/ distance"),
        ],
        "refined_quotient": [
            ("max(min(size, 1.0), SMALL * max(size, 1.0))", "1.0"),
            ("        if best >= len(estimate) - 3 and", "        if False and"),
            ("        elif best == 0 and", "        elif False and"),
        ],
    },
    "char_model": {
        "CharLM.loss_and_grads": [
            ("U if U_mask is None else U * U_mask", "U"),
            ("                dh *= h_mask\n", "                dh *= 1\n"),
            ("                grads[\"U\"] *= U_mask\n", "                grads[\"U\"] *= 1\n"),
            ("np.empty_like(param) for", "lstm.grads[name] for"),
        ],
        "CharLM._output_gradients": [
            ("dlogits.T @ h_rows", "dlogits.T @ h_rows * 0.99"),
        ],
        "dropout_mask": [
            (">= rate\n", "< rate\n"),
            ("np.asarray(1 / (1 - rate), dtype)", "np.asarray(1, dtype)"),
        ],
    },
    "optimizers": {
        "clip_by_global_norm": [
            ("if norm > max_norm:", "if norm < max_norm:"),
            ("grad *= max_norm / norm", "grad *= 1 / norm"),
        ],
        "SGD.step": [
            ("param -= self.learning_rate * grads[name]", "param += self.learning_rate * grads[name]"),
        ],
        "Adam.step": [
            ("m += (1 - self.beta1) * g", "m += (1 - self.beta2) * g"),
            ("v += (1 - self.beta2) * (g * g)", "v += (1 - self.beta2) * g"),
            ("rate = self.learning_rate / (1 - self.beta1**t)", "rate = self.learning_rate"),
            ("root = 1 / math.sqrt(1 - self.beta2**t)", "root = 1"),
            ("root * np.sqrt(v) + self.epsilon", "root * np.sqrt(v)"),
            ("            start += g.size\n", ""),
            ("                change = change[p.size :]\n", ""),
        ],
        "few_at_a_time": [
            ("if pieces and p[rows].size > free:", "if p[rows].size > free:"),
            ("rows = slice(start, start + few)", "rows = slice(start, start + 1)"),
        ],
    },
    "study/ngram": {
        "discounts": [
            ("if 0 in n[1:4]:", "if 0 in n[1:3]:"),
            ("n[1] / (n[1] + 2 * n[2])", "n[1] / (n[1] + n[2])"),
            ("k - (k + 1) * Y", "k - k * Y"),
            ("if D.min() <= 0:", "if D.min() <= -9:"),
        ],
        "Level.__init__": [
            ("self.D[min(count, 3)]", "self.D[1]"),
        ],
        "Level.interpolate": [
            ("            return lower\n", "            return 0.0\n"),
            ("(a - self.D[min(a, 3)] + ", "(a + "),
            ("self.gamma[h] * lower", "self.gamma[h]"),
        ],
        "NGram.__init__": [
            ("sequence[1:] for sequence in longer", "sequence[:-1] for sequence in longer"),
            ("Level(a) for a in continuations", "Level(a) for a in occurrences"),
        ],
        "NGram.probability": [
            ("context[len(context) - length :]", "context[:length]"),
            ("self.highest[length] if length == longest else", "self.highest[length] if length < 0 else"),
        ],
        "bits_of_each_by_order": [
            ("sequences.hw[n - 1 : end]", "sequences.hw[n:end]"),
            ("sequences.h[:1], sequences.hw[:-1]", "sequences.h[:1], sequences.h[:-1]"),
        ],
        "continuations": [
            ("tail[tail >= 0]", "tail"),
        ],
        "interpolate_all": [
            ("    met[: max(0, n - 2)] = False\n", ""),
            ("(a[hw] - taken_off[hw] + ", "(a[hw] + "),
        ],
    },
    "study/mixture": {
        "mixed_bits": [
            ("(1 - share) * p_2", "share * p_2"),
        ],
        "best_share": [
            ("return min(shares", "return max(shares"),
        ],
    },
}  # fmt: skip
ALL = [
    (module, function, right, wrong)
    for module, functions in MUTANTS.items()
    for function, pairs in functions.items()
    for right, wrong in pairs
]


def first_failure(module: str, copy: Path) -> str:
    """Run the tests of the core, the module's own first, training left out; return the first that fails, or nothing.

    For a module of a sub-package, run the tests of this module alone.
    """
    tests = [path for path in sorted(copy.glob("tests/core/test_*.py")) if path.name != "test_training.py"]
    tests.sort(key=lambda path: path.stem != f"test_{module.replace('kernels', 'layer')}")
    package, _, name = module.rpartition("/")
    if package:
        tests = [copy / "tests" / package / f"test_{name}.py"]
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    result = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    failures = [line for line in result.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failures[0].split(" - ")[0] if failures else ""


def main(numbers: list[int]) -> None:
    """Try the mutants of these numbers, by default all; end with status 1 if one survives."""
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(ROOT, Path(folder, "copy"), ignore=shutil.ignore_patterns(".*", "build", "__pycache__"))
        if failure := first_failure("cell", copy):
            sys.exit(f"the tests fail without any mutant: {failure}")
        for number in numbers or range(len(ALL)):
            module, function, right, wrong = ALL[number]
            path = copy / "lstm_scratch" / f"{module}.py"
            code = path.read_text(encoding="utf-8")
            path.write_text(change_function(code, function, right, wrong), encoding="utf-8")
            killer = first_failure(module, copy)
            path.write_text(code, encoding="utf-8")
            print(
                f"{number:2} {module}.{function}: {right.strip()} → {wrong.strip()}\n   {killer or 'SURVIVES'}",
                flush=True,
            )
            survivors += [] if killer else [number]
    print(f"{len(numbers or ALL)} mutants, {len(survivors)} survive: {survivors}")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
