package org.xenimage.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.Images;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.script.HostOptions;
import org.xenimage.script.ScriptSession;
import org.xenimage.script.policy.Language;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The reader of values that a script hands over. The input chooses a value, made of the parts that a language has, and
 * where it is handed over.
 */
class ScriptValueFuzzTest {
    /** After so many pieces of code a session is given up, so that what they declare does not gather. */
    private static final int PIECES = 2000;

    private static final String[] JS_ATOMS = {
        "0",
        "-0",
        "1",
        "255",
        "4096",
        "NaN",
        "Infinity",
        "2**53",
        "2n**64n-1n",
        "-1n",
        "10n**40n",
        "'type'",
        "'\\ud800'",
        "'x'.repeat(5000)",
        "''",
        "null",
        "undefined",
        "true",
        "Symbol('s')",
        "() => 1",
        "new Date(NaN)",
        "new Map([[1, 2]])",
        "new Uint8Array(9)",
        "new ArrayBuffer(3)",
        "new Float64Array(2)",
        "[,,1]",
        "Object.create(null)",
        "image",
        "image.config",
        "image.records",
        "image.records[0]",
        "image.records[0].fields",
        "globalThis",
        "new Array(4294967295)",
        "(() => { const a = []; a.push(a); return a; })()",
        "(() => { const o = {}; o.self = o; return o; })()",
        "class A {}",
        "(function* () { yield 1; })()",
        "Promise.resolve(1)",
        "new Error('e')",
        "new Number(5)",
        "new String('s')",
        "/x/g"
    };
    private static final String[] JS_SHAPES = {
        "[%s]",
        "{a: %s}",
        "{toJSON() { return %s; }}",
        "{toString() { return %s; }}",
        "{valueOf() { return %s; }}",
        "{get a() { return %s; }}",
        "{get a() { throw %s; }}",
        "{length: %s}",
        "{[%s]: 1}",
        "new Proxy({}, {get: () => %s, ownKeys: () => ['a']})",
        "new Proxy([], {get: () => %s})",
        "new Proxy(function () {}, {apply: () => %s})",
        "Object.freeze({a: %s})",
        "Object.defineProperty({}, 'a', {enumerable: true, get() { return %s; }})",
        "Object.defineProperty([], 'length', {value: %s})",
        "new Set([%s])",
        "Array.from({length: 3}, () => %s)",
        "Object.setPrototypeOf({a: 1}, %s)"
    };
    private static final String[] JS_USES = {
        "%s",
        "image.config.a = %s",
        "image.config = %s",
        "image.metadata = %s",
        "image.metadata.a = %s",
        "image.records[1].fields = %s",
        "image.records[1].bytes = %s",
        "image.records[3].bytes = %s",
        "image.records[1].replace(%s, new Uint8Array(8))",
        "image.records[1].insertAfter('END', %s)",
        "image.records[1].insertBefore('X86_TSC_INFO', %s)",
        "image.records[1].setFeature('avx', %s)",
        "image.records[%s]",
        "image.page(%s)",
        "image.page(0).setU8(%s, 1)",
        "image.page(0).setU64(0, %s)",
        "image.page(0).setBytes(0, %s)",
        "image.page(0).fill(0, 8, %s)",
        "image.page(0).bytes(0, %s)",
        "image.find(%s)",
        "image[%s]",
        "console.log(%s)",
        "throw %s"
    };
    private static final String[] PYTHON_ATOMS = {
        "0",
        "-1",
        "255",
        "4096",
        "float('nan')",
        "float('inf')",
        "2**64-1",
        "10**40",
        "'type'",
        "'\\ud800'",
        "'x'*5000",
        "''",
        "None",
        "True",
        "b'12345678'",
        "bytearray(9)",
        "memoryview(bytes(3))",
        "(1, 2)",
        "set()",
        "object()",
        "lambda: 1",
        "range(10)",
        "iter([1])",
        "1j",
        "Ellipsis",
        "int",
        "image",
        "image.config",
        "image.records",
        "image.records[0]",
        "image.records[0].fields",
        "(lambda a: (a.append(a), a)[1])([])",
        "(lambda d: (d.update(d=d), d)[1])({})",
        "globals()",
        "type('S', (str,), {})('s')",
        "type('I', (int,), {})(5)"
    };
    private static final String[] PYTHON_SHAPES = {
        "[%s]",
        "{'a': %s}",
        "{%s: 1}",
        "(%s,)",
        "type('A', (), {'__str__': lambda s: %s})()",
        "type('A', (), {'__repr__': lambda s: %s})()",
        "type('A', (), {'__index__': lambda s: %s})()",
        "type('A', (), {'__int__': lambda s: %s})()",
        "type('A', (), {'__len__': lambda s: %s})()",
        "type('A', (), {'__bool__': lambda s: %s})()",
        "type('A', (dict,), {'items': lambda s: %s})(a=1)",
        "type('A', (list,), {'__iter__': lambda s: %s})([1])",
        "type('A', (list,), {'__getitem__': lambda s, i: %s})([1])",
        "type('A', (), {'__getattr__': lambda s, n: %s})()",
        "type('A', (), {'__class__': property(lambda s: %s)})()",
        "type('A', (bytes,), {'__len__': lambda s: %s})(b'1234')",
        "type('A', (str,), {'__eq__': lambda s, o: %s, '__hash__': lambda s: 1})('a')"
    };

    private static final class Sessions {
        private final Language language;
        private final Path file;
        private @Nullable ImageIndex index;
        private @Nullable ScriptSession session;
        private int pieces;

        Sessions(Language language) throws IOException {
            this.language = language;
            this.file = Files.createTempFile("xenimage-fuzz", ".save");
            Files.write(file, StreamBuilder.pv().memory(0, 1).complete().bytes());
        }

        ScriptSession next() throws IOException {
            if (++pieces % PIECES == 0) close();
            if (session != null) return session;
            ImageIndex opened = ImageIndex.open(Images.load(), ChannelSource.open(file));
            index = opened;
            ScriptSession made =
                    ScriptSession.open(
                            HostOptions.defaults(),
                            language,
                            opened,
                            OutputStream.nullOutputStream());
            session = made;
            return made;
        }

        void close() throws IOException {
            if (session != null) session.close();
            if (index != null) index.close();
            session = null;
            index = null;
        }
    }

    private static final Sessions JS = sessions(Language.JAVASCRIPT);
    private static final Sessions PYTHON = sessions(Language.PYTHON);

    private static Sessions sessions(Language language) {
        try {
            return new Sessions(language);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @AfterAll
    static void close() throws IOException {
        for (Sessions each : new Sessions[] {JS, PYTHON}) {
            each.close();
            Files.delete(each.file);
        }
    }

    /** Each place once with each atom would be too many for a test; each once with a few is not. */
    static Stream<byte[]> seeds() {
        return IntStream.range(0, 60)
                .mapToObj(i ->
                        new byte[] {(byte) i, (byte) (i % 4), (byte) (7 * i), (byte) (11 * i)});
    }

    @MethodSource("seeds")
    @FuzzTest
    void jsValue(byte[] input) throws IOException {
        run(JS, code(input, JS_USES, JS_SHAPES, JS_ATOMS));
    }

    @MethodSource("seeds")
    @FuzzTest
    void pythonValue(byte[] input) throws IOException {
        String code = code(input, JS_USES, PYTHON_SHAPES, PYTHON_ATOMS);
        run(PYTHON, python(code));
    }

    private static String python(String code) {
        return code.replace("new Uint8Array(8)", "bytes(8)")
                .replace("console.log", "print")
                .replaceFirst("^throw", "raise")
                .replace("insertAfter", "insert_after")
                .replace("insertBefore", "insert_before")
                .replace("setFeature", "set_feature")
                .replace("setBytes", "set_bytes")
                .replace("setU", "set_u");
    }

    /** The use, how deep the value is, its shapes, and the atom within. */
    private static String code(byte[] input, String[] uses, String[] shapes, String[] atoms) {
        String value = atoms[at(input, 2 + at(input, 1, 4), atoms.length)];
        for (int i = at(input, 1, 4); i > 0; i--)
            value = shapes[at(input, 1 + i, shapes.length)].replace("%s", "(" + value + ")");
        return uses[at(input, 0, uses.length)].replace("%s", "(" + value + ")");
    }

    private static int at(byte[] input, int index, int of) {
        return index < input.length ? Byte.toUnsignedInt(input[index]) % of : 0;
    }

    private static void run(Sessions sessions, String code) throws IOException {
        ScriptSession session = sessions.next();
        try {
            session.evaluate("fuzz", code);
        } catch (ImageException e) {
            RefusedInput.as(e);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(code, e);
        }
        while (session.undo().isPresent()) {}
    }
}
