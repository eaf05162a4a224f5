"""Is every line of the arithmetic looked at? Break it in sixty places, one at a time, and see the tests fail.

python tests/mutants.py            every mutant against its tests, in a copy; a table, and status 1 if one survives
python tests/mutants.py 3 17       only these
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
# the tests that look at a room: what they do not notice, survives
TESTS = {
    "cell": ["tests/test_cell.py"],
    "layer": ["tests/test_layer.py"],
    "fused": ["tests/test_layer.py"],
    "activations": ["tests/test_activations.py"],
    "optimizers": ["tests/test_optimizers.py", "tests/test_char_model.py", "tests/test_training.py"],
}
# room, what stands there (once), what the mutant has instead
MUTANTS = [
    ("cell", "i = sigmoid(x @ self.W_i.T + h_prev @ self.U_i.T + self.b_i)", "i = sigmoid(x @ self.W_i.T + h_prev @ self.U_i.T)"),
    ("cell", "f = sigmoid(x @ self.W_f.T", "f = sigmoid(x @ self.W_i.T"),
    ("cell", "g = np.tanh(x @ self.W_g.T + h_prev @ self.U_g.T", "g = np.tanh(x @ self.W_g.T + h_prev @ self.U_g"),
    ("cell", "o = sigmoid(x @", "o = np.tanh(x @"),
    ("cell", "c = f * c_prev + i * g", "c = f * c_prev - i * g"),
    ("cell", "h = o * np.tanh(c)\n        return", "h = o * c\n        return"),
    ("cell", "do = dh * np.tanh(c)", "do = dh * c"),
    ("cell", "dc = dc + dh * o * tanh_derivative(np.tanh(c))", "dc = dh * o * tanh_derivative(np.tanh(c))"),
    ("cell", "dc = dc + dh * o * tanh_derivative(np.tanh(c))", "dc = dc + dh * o * tanh_derivative(c)"),
    ("cell", "df = dc * c_prev", "df = dc * c"),
    ("cell", "dc_prev = dc * f", "dc_prev = dc"),
    ("cell", "dz_i = di * sigmoid_derivative(i)", "dz_i = di * tanh_derivative(i)"),
    ("cell", "np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=-1)", "np.concatenate([dz_i, dz_f, dz_o, dz_g], axis=-1)"),
    ("cell", "dh_prev = dz @ self.U", "dh_prev = dz @ self.U * 0.99"),
    ("cell", "db = rows.sum(axis=0)", "db = rows.mean(axis=0)"),
    ("layer", "b[H : 2 * H] = cast_array", "b[:H] = cast_array"),
    ("layer", "bound = 1 / np.sqrt(H)", "bound = 1 / np.sqrt(self.input_size)"),
    ("layer", "np.take(WT + b, x, axis=0", "np.take(WT, x, axis=0"),
    ("layer", "            z_x += b\n", ""),
    ("layer", "h.flags.writeable = False", "h.flags.writeable = True"),
    ("layer", "(h[T].copy(), c[T].copy())", "(h[T].copy(), c[T])"),
    ("layer", "        WT += b\n", ""),
    ("layer", "for t in reversed(range(n)):", "for t in range(n):"),
    ("layer", "gates[start + t, 1]", "gates[start + t, 0]"),
    ("layer", "for end in range(T, 0, -few):", "for end in range(T, few - 1, -few):"),
    ("layer", "        self._kept = None\n        memory", "        memory"),
    ("layer", "            x_rows[...] = 0\n", ""),
    ("layer", "h[:-1].reshape(T * B, H), out=self.grads", "h[1:].reshape(T * B, H), out=self.grads"),
    ("layer", "(array.copy() for array in self._check_state(dstate", "(array for array in self._check_state(dstate"),
    ("fused", "[[0, 1, 3, 2]]", "[[0, 1, 2, 3]]"),
    ("fused", "gates[:3] *= 0.5", "gates[:2] *= 0.5"),
    ("fused", "    ifo += 0.5\n", "    ifo += 0.5 + 1e-10\n"),
    ("fused", "np.multiply(f, c_prev, out=c)", "np.multiply(i, c_prev, out=c)"),
    ("fused", "np.subtract(1, dc_dg, out=dc_dg)", "np.subtract(2, dc_dg, out=dc_dg)"),
    ("fused", "    dc_df *= c_prev\n", ""),
    ("fused", "    dh += dh_out\n", "    dh[...] = dh_out\n"),
    ("fused", "    dc[...] = product\n", ""),
    ("activations", "return 0.5 * (1.0 + np.tanh(0.5 *", "return 0.5 * (1.0 + np.tanh("),
    ("activations", 'return 0.5 * (1.0 + np.tanh(0.5 * as_array("z", z)))', 'return 1 / (1 + np.exp(-as_array("z", z)))'),
    ("activations", "return s * (1.0 - s)", "return s * (1.0 + s)"),
    ("activations", "return 1.0 - t * t", "return 1.0 - t"),
    ("activations", "z = np.clip(logits, -LARGEST_LOGIT, LARGEST_LOGIT)", "z = np.array(logits)"),
    ("activations", "z -= z.max(axis=-1, keepdims=True)", "z -= z.max()"),
    ("activations", "return z - np.log(", "return z + np.log("),
    ("activations", "np.mean(np.log(total[:, 0]) - z_target", "np.sum(np.log(total[:, 0]) - z_target"),
    ("activations", "p /= total * N", "p /= total"),
    ("activations", "p[rows, targets] -= 1 / N", "p[rows, targets] -= 1"),
    ("optimizers", "if norm > max_norm:", "if norm < max_norm:"),
    ("optimizers", "grad *= max_norm / norm", "grad *= 1 / norm"),
    ("optimizers", "float(np.vdot(grad, grad)) for", "float(np.abs(grad).sum()) for"),
    ("optimizers", ">= rate\n", "< rate\n"),
    ("optimizers", "kept * np.asarray(1 / (1 - rate), dtype)", "kept * np.asarray(1, dtype)"),
    ("optimizers", "param -= self.learning_rate * grads[name]", "param += self.learning_rate * grads[name]"),
    ("optimizers", "m += (1 - self.beta1) * g", "m += (1 - self.beta2) * g"),
    ("optimizers", "v += (1 - self.beta2) * (g * g)", "v += (1 - self.beta2) * g"),
    ("optimizers", "rate = self.learning_rate / (1 - self.beta1**self.steps)", "rate = self.learning_rate"),
    ("optimizers", "root = 1 / math.sqrt(1 - self.beta2**self.steps)", "root = 1"),
    ("optimizers", "            start += param.size\n", ""),
    ("optimizers", '        self.steps = int(state["steps"])\n', ""),
    ("optimizers", '        self.v[...] = state["v"]\n', ""),
]  # fmt: skip


def source(room: str) -> str:
    return (ROOT / "lstm_scratch" / f"{room}.py").read_text(encoding="utf-8")


def kill(number: int, copy: Path) -> str:
    """Apply a mutant to the copy, run its tests, put the room back; return the test that failed, or nothing."""
    room, right, wrong = MUTANTS[number]
    path = copy / "lstm_scratch" / f"{room}.py"
    path.write_text(source(room).replace(right, wrong), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS[room]]
    result = subprocess.run(command, cwd=copy, capture_output=True, text=True, env=os.environ)
    path.write_text(source(room), encoding="utf-8")
    if result.returncode == 0:
        return ""
    failed = [line for line in result.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split("::")[-1].split(" - ")[0] if failed else "no test could be run"


def main(chosen: list[int]) -> int:
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "__pycache__"))
        for number in chosen or range(len(MUTANTS)):
            started = time.perf_counter()
            killed_by, (room, right, wrong) = kill(number, copy), MUTANTS[number]
            line = f"{right.strip()} → {wrong.strip() or 'nothing'}".replace("\n", " ")
            print(
                f"| {number} | {room} | `{line}` | {killed_by or '**survives**'} | {time.perf_counter() - started:.0f} s |",
                flush=True,
            )
            if not killed_by:
                survivors.append(number)
    print(f"{len(chosen or MUTANTS)} mutants, {len(survivors)} survive: {survivors}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main([int(argument) for argument in sys.argv[1:]]))
