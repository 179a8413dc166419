package org.xenimage.script.jsr223;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyTestImage;
import org.xenimage.script.policy.Limits;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntBinaryOperator;
import java.util.function.IntSupplier;

import javax.script.Bindings;
import javax.script.Compilable;
import javax.script.CompiledScript;
import javax.script.Invocable;
import javax.script.ScriptContext;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineManager;
import javax.script.ScriptException;
import javax.script.SimpleBindings;
import javax.script.SimpleScriptContext;

/** What the specification of JSR-223 asks of an engine (sections SCR.4.2 and SCR.4.3), in both languages. */
@ParameterizedClass
@EnumSource
class ScriptEngineTest {
    /** The same scripts in both languages. */
    enum Dialect {
        JS(
                "xenimage-js",
                "function add(a, b) { return a + b; }",
                "const made = { count: 1, next() { return ++this.count; } };",
                "{ a: [1, 2, 3], b: 'x' }"),
        PYTHON(
                "xenimage-python",
                "def add(a, b):\n    return a + b",
                "class Made:\n    count = 1\n    def next(self):\n        self.count += 1\n        "
                        + "return self.count\nmade = Made()",
                "{'a': [1, 2, 3], 'b': 'x'}");

        private final String engine;
        private final String add;
        private final String made;
        private final String tree;

        Dialect(String engine, String add, String made, String tree) {
            this.engine = engine;
            this.add = add;
            this.made = made;
            this.tree = tree;
        }

        String in(String js, String python) {
            return this == JS ? js : python;
        }
    }

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @Parameter
    private Dialect dialect;

    private final ScriptEngineManager manager = new ScriptEngineManager();

    @SuppressWarnings("NullAway.Init") // set before each test
    private XenimageEngine engine;

    @BeforeEach
    void open() {
        engine = assertInstanceOf(XenimageEngine.class, manager.getEngineByName(dialect.engine));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static String message(Throwable error) {
        return String.valueOf(error.getMessage());
    }

    private @Nullable Object eval(String code) throws ScriptException {
        return engine.eval(code);
    }

    @Test
    void theManagerFindsTheEngineByEachNameExtensionAndType() {
        var factory = engine.getFactory();
        for (String name : factory.getNames())
            assertEquals(factory.getEngineName(), found(manager.getEngineByName(name)));
        for (String extension : factory.getExtensions())
            assertEquals(factory.getEngineName(), found(manager.getEngineByExtension(extension)));
        for (String type : factory.getMimeTypes())
            assertEquals(factory.getEngineName(), found(manager.getEngineByMimeType(type)));
    }

    private static String found(ScriptEngine found) {
        return found.getFactory().getEngineName();
    }

    @Test
    void theFactoryAnswersTheFiveRequiredParameters() {
        var factory = engine.getFactory();
        assertEquals(factory.getEngineName(), factory.getParameter(ScriptEngine.ENGINE));
        assertEquals(factory.getEngineVersion(), factory.getParameter(ScriptEngine.ENGINE_VERSION));
        assertEquals(factory.getLanguageName(), factory.getParameter(ScriptEngine.LANGUAGE));
        assertEquals(
                factory.getLanguageVersion(), factory.getParameter(ScriptEngine.LANGUAGE_VERSION));
        assertEquals(dialect.engine, factory.getParameter(ScriptEngine.NAME));
        assertEquals("MULTITHREADED", factory.getParameter("THREADING"));
        assertNull(factory.getParameter("unknown"));
    }

    @Test
    void whatTheFactoryWritesRuns() throws ScriptException {
        var factory = engine.getFactory();
        var printed = new StringWriter();
        engine.getContext().setWriter(printed);
        eval(factory.getProgram("value = [1]", factory.getOutputStatement("a \"b\"\n'c' é")));
        assertEquals("a \"b\"\n'c' é\n", printed.toString());
        eval(dialect.made);
        assertEquals(2, eval(factory.getMethodCallSyntax("made", "next")));
    }

    @Test
    void theValueOfTheLastExpressionIsTheResult() throws ScriptException {
        assertEquals(7, eval("3 + 4"));
        assertEquals("ab", engine.eval(new StringReader("'a' + 'b'")));
        assertEquals(true, eval("1 < 2"));
        assertEquals(0.5, eval("1 / 2"));
        assertEquals(1L << 40, eval("2 ** 40"));
        assertEquals(BigInteger.ONE.shiftLeft(80), eval(dialect.in("2n ** 80n", "2 ** 80")));
        assertNull(eval("x = [1]; " + dialect.in("null", "None")));
        assertNull(eval(dialect.add.replace("add", "other")));
    }

    @Test
    void objectsAndArraysAreLive() throws ScriptException {
        var tree = assertInstanceOf(ScriptObject.class, eval("tree = " + dialect.tree + "\ntree"));
        assertEquals("x", tree.get("b"));
        assertEquals(Set.of("a", "b"), tree.keySet());
        var list = assertInstanceOf(List.class, tree.get("a"));
        assertEquals(List.of(1, 2, 3), list);
        tree.put("b", "y");
        assertEquals("y", eval(dialect.in("tree.b", "tree['b']")));
        eval(dialect.in("tree.a.push(4)", "tree['a'].append(4)"));
        assertEquals(List.of(1, 2, 3, 4), list);
    }

    @Test
    void bytesCrossBothWays() throws ScriptException {
        engine.put("given", new byte[] {1, (byte) 0xff});
        assertEquals(255, eval("given[1]"));
        assertArrayEquals(new byte[] {1, (byte) 0xff}, (byte[]) eval("given"));
    }

    @ParameterizedTest
    @ValueSource(
            longs = {0, -1, 1L << 31, (1L << 53) - 1, 1L << 53, Long.MAX_VALUE, Long.MIN_VALUE})
    void integersAreExact(long number) throws ScriptException {
        engine.put("n", number);
        assertEquals(BigInteger.valueOf(number), new BigInteger(String.valueOf(eval("n"))));
    }

    @Test
    void bindingsAreGlobalsAndGlobalsAreBindings() throws ScriptException {
        engine.put("x", 20);
        eval("y = x + 1");
        assertEquals(21, engine.get("y"));
        eval("x = 'other'");
        assertEquals("other", engine.get("x"));
        engine.put("x", null);
        assertEquals(true, eval(dialect.in("x === null", "x is None")));
        engine.getBindings(ScriptContext.ENGINE_SCOPE).remove("y");
        assertThrows(ScriptException.class, () -> eval("y"));
    }

    @Test
    void mapsAndListsAreGivenAsCopies() throws ScriptException {
        engine.put("site", Map.of("bridges", List.of("xenbr0", "xenbr1")));
        assertEquals("xenbr1", eval(dialect.in("site.bridges[1]", "site['bridges'][1]")));
    }

    @Test
    void otherBindingsAreAnotherWorld() throws ScriptException {
        eval("secret = 1");
        Bindings other = new SimpleBindings(new HashMap<>(Map.of("own", 5)));
        assertThrows(ScriptException.class, () -> engine.eval("secret", other));
        assertEquals(6, engine.eval("left = own + 1\nleft", other));
        assertEquals(6, other.get("left"));
        assertNull(engine.get("left"));
        assertEquals(7, engine.eval("left + 1", other), "what it declared stays with its bindings");
    }

    @Test
    void globalScopeIsSeenAndNotWritten() throws ScriptException {
        manager.put("shared", 5);
        assertEquals(5, eval("shared"));
        eval("shared = 6");
        assertEquals(5, manager.get("shared"));
        assertEquals(6, engine.get("shared"));
    }

    @Test
    void aContextHasItsOwnWriters() throws ScriptException {
        var context = new SimpleScriptContext();
        var out = new StringWriter();
        var err = new StringWriter();
        context.setWriter(out);
        context.setErrorWriter(err);
        engine.eval(
                dialect.in(
                        "print('grüße'); console.error('bad')",
                        "import sys\nprint('grüße')\nprint('bad', file=sys.stderr)"),
                context);
        assertEquals("grüße\n", out.toString());
        assertEquals("bad\n", err.toString());
    }

    @Test
    void functionsAreInvoked() throws Exception {
        eval(dialect.add);
        assertEquals(5, ((Invocable) engine).invokeFunction("add", 2, 3));
        assertThrows(NoSuchMethodException.class, () -> engine.invokeFunction("missing"));
        var function = assertInstanceOf(ScriptObject.class, engine.get("add"));
        assertTrue(function.callable());
        assertEquals("ab", function.call("a", "b"));
    }

    @Test
    void methodsAreInvoked() throws Exception {
        eval(dialect.made);
        Object made = eval("made");
        assertEquals(2, engine.invokeMethod(made, "next"));
        assertEquals(3, engine.invokeMethod(made, "next"));
        assertThrows(NoSuchMethodException.class, () -> engine.invokeMethod(made, "missing"));
        assertThrows(IllegalArgumentException.class, () -> engine.invokeMethod("text", "next"));
        assertThrows(IllegalArgumentException.class, () -> engine.invokeMethod(null, "next"));
    }

    @Test
    void functionsAreAnInterface() throws ScriptException {
        eval(dialect.add.replace("add", "applyAsInt"));
        IntBinaryOperator add = engine.getInterface(IntBinaryOperator.class);
        assertNotNull(add);
        assertEquals(42, add.applyAsInt(40, 2));
        assertNull(engine.getInterface(Runnable.class), "there is no function run");
        assertThrows(IllegalArgumentException.class, () -> engine.getInterface(String.class));
        eval(
                dialect.in(
                        "function compare(a, b) { return b - a; }",
                        "def compare(a, b):\n    return b - a"));
        @SuppressWarnings("unchecked")
        Comparator<Object> backwards = engine.getInterface(Comparator.class);
        assertNotNull(backwards);
        assertEquals(
                List.of(3, 2, 1),
                List.of(1, 3, 2).stream().map(Object.class::cast).sorted(backwards).toList());
        assertTrue(backwards.reversed().compare(1, 2) < 0, "default methods are Java's");
    }

    @Test
    void aResultThatDoesNotFitIsRefused() throws ScriptException {
        eval(dialect.add.replace("add", "applyAsInt").replace("a + b", "'text'"));
        IntBinaryOperator add = engine.getInterface(IntBinaryOperator.class);
        assertNotNull(add);
        var refused = assertThrows(IllegalStateException.class, () -> add.applyAsInt(1, 2));
        assertEquals("applyAsInt: expected a result of type int, found text", refused.getMessage());
    }

    @Test
    void methodsAreAnInterface() throws ScriptException {
        eval(dialect.made.replace("next", "getAsInt"));
        var supplier = engine.getInterface(eval("made"), IntSupplier.class);
        assertNotNull(supplier);
        assertEquals(2, supplier.getAsInt());
        assertEquals(3, supplier.getAsInt());
    }

    @Test
    void compiledScriptsRunAgainAndAgain() throws ScriptException {
        CompiledScript compiled = ((Compilable) engine).compile("n + 1");
        engine.put("n", 1);
        assertEquals(2, compiled.eval());
        engine.put("n", 5);
        assertEquals(6, compiled.eval());
        assertEquals(11, compiled.eval(new SimpleBindings(Map.of("n", 10))));
        assertEquals(engine, compiled.getEngine());
    }

    @Test
    void errorsOfSyntaxAreFoundWhenCompiled() {
        engine.put(ScriptEngine.FILENAME, "site.policy");
        var error = assertThrows(ScriptException.class, () -> engine.compile("1 + 1\nif ("));
        assertEquals(2, error.getLineNumber());
        assertEquals("site.policy", error.getFileName());
    }

    @Test
    void errorsSayWhere() {
        var error =
                assertThrows(
                        ScriptException.class,
                        () ->
                                eval(
                                        dialect.in(
                                                "function fail() {\n  throw new Error('broken');\n}\nfail()",
                                                "def fail():\n    raise ValueError('broken')\nfail()")));
        assertEquals(2, error.getLineNumber());
        assertEquals(dialect.in("script.js", "script.py"), error.getFileName());
        assertTrue(message(error).contains("broken"), message(error));
    }

    @Test
    void whatRanBeforeAnErrorStays() throws ScriptException {
        assertThrows(ScriptException.class, () -> eval("kept = 1\nmissing()"));
        assertEquals(1, eval("kept"));
    }

    @Test
    void callbacksRunInJava() throws ScriptException {
        engine.put("twice", (ScriptCallback) arguments -> 2 * (int) arguments.getFirst());
        assertEquals(42, eval("twice(21)"));
        engine.put(
                "refuse",
                (ScriptCallback)
                        _ -> {
                            throw new IllegalArgumentException("not today");
                        });
        assertEquals(
                "caught",
                eval(
                        dialect.in(
                                "try { refuse() } catch (e) { r = 'caught' }\nr",
                                "try:\n    refuse()\nexcept BaseException:\n    r = 'caught'\nr")));
        engine.put(
                "breaks",
                (ScriptCallback)
                        _ -> {
                            throw new IOException("disk on fire");
                        });
        var error = assertThrows(ScriptException.class, () -> eval("breaks()"));
        assertInstanceOf(IOException.class, error.getCause());
    }

    @Test
    void aCallbackMayUseWhatTheScriptGaveIt() throws ScriptException {
        engine.put("size", (ScriptCallback) arguments -> ((Map<?, ?>) arguments.getFirst()).size());
        assertEquals(2, eval("size(" + dialect.tree + ")"));
    }

    @Test
    void aCallbackThatRunsAnotherScriptIsRefusedAtOnce() throws Exception {
        eval(dialect.add);
        List<ScriptCallback> attempts =
                List.of(
                        _ -> eval("1"),
                        _ -> engine.compile("1"),
                        _ -> engine.invokeFunction("add", 1, 2),
                        _ -> engine.eval("1", engine.getContext()));
        for (ScriptCallback attempt : attempts) {
            engine.put("again", attempt);
            var error = assertThrows(ScriptException.class, () -> eval("again()"));
            assertTrue(
                    message(error).contains("cannot run another script with the same bindings"),
                    message(error));
        }
        assertEquals(3, engine.invokeFunction("add", 1, 2));
        engine.put("elsewhere", (ScriptCallback) _ -> engine.eval("40 + 2", new SimpleBindings()));
        assertEquals(42, eval("elsewhere()"));
    }

    @Test
    void objectsOfJavaAreRefused() {
        engine.put("thread", Thread.currentThread());
        var error = assertThrows(ScriptException.class, () -> eval("1"));
        assertTrue(message(error).contains("class Thread"), message(error));
        engine.getBindings(ScriptContext.ENGINE_SCOPE).remove("thread");
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        engine.put("cycle", cycle);
        assertThrows(ScriptException.class, () -> eval("1"));
    }

    @Test
    void scriptsAreConfined() {
        for (String attempt :
                dialect == Dialect.JS
                        ? List.of(
                                "Java.type('java.lang.System')",
                                "Polyglot.eval('js', '1')",
                                "load('/etc/passwd')")
                        : List.of(
                                "open('/etc/passwd').read()",
                                "import java",
                                "import socket",
                                "import os; os.fork()"))
            assertThrows(ScriptException.class, () -> eval(attempt), attempt);
    }

    @Test
    void aLoopEndsAtItsLimitAndTheEngineGoesOn() throws ScriptException {
        HostOptions options =
                HostOptions.defaults().withLimits(Limits.DEFAULT.withTime(Duration.ofMillis(300)));
        LanguageEngineFactory factory =
                dialect == Dialect.JS
                        ? new JavaScriptEngineFactory(options)
                        : new PythonEngineFactory(options);
        try (XenimageEngine limited = factory.getScriptEngine()) {
            var error =
                    assertThrows(
                            ScriptException.class,
                            () -> limited.eval(dialect.in("for (;;) {}", "while True: pass")));
            assertTrue(message(error).contains("limit of 300 ms"), message(error));
            limited.put("x", 3);
            assertEquals(4, limited.eval("x + 1"));
        }
    }

    @Test
    void threadsTakeTurns() throws Exception {
        eval("n = 0");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int j = 0; j < 50; j++) {
                                    try {
                                        eval("n = n + 1");
                                    } catch (ScriptException e) {
                                        throw new IllegalStateException(e);
                                    }
                                }
                            }));
        for (Thread thread : threads) thread.join();
        assertEquals(200, eval("n"));
    }

    @Test
    void aClosedEngineSaysSo() {
        engine.close();
        assertThrows(IllegalStateException.class, () -> eval("1"));
        assertFalse(engine.getFactory().getNames().isEmpty());
    }

    @Test
    void anImageIsEditedByScripts(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("web1.save"), PolicyTestImage.bytes());
        try (ImageIndex index = ImageIndex.open(Images.load(), ChannelSource.open(file))) {
            ScriptImage image = ScriptImage.of(index);
            engine.put("image", image);
            assertEquals("web-1", eval("image.name"));
            eval(
                    dialect.in(
                            "image.config.c_info.name = 'web2'",
                            "image.config['c_info']['name'] = 'web2'"));
            assertThrows(
                    ScriptException.class,
                    () ->
                            eval(
                                    dialect.in(
                                            "image.config.c_info.name = 'web3'; missing()",
                                            "image.config['c_info']['name'] = 'web3'\nmissing()")));
            assertEquals(1, image.edits().steps().size());
            assertEquals(
                    "web2", image.edits().config().orElseThrow().at("/c_info/name").textValue());
        }
    }
}
