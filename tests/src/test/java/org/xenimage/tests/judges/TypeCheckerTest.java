package org.xenimage.tests.judges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.cli.policy.PolicyCommand;
import org.xenimage.script.ImplementedApi;
import org.xenimage.script.api.HookType;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.PolicyApi;
import org.xenimage.script.api.Setting;
import org.xenimage.script.api.Typings;
import org.xenimage.tests.program.ProgramShell;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The TypeScript compiler and pyright hold policies against the typings: they accept the library, the examples, the
 * templates and the examples of the reference, and find typical mistakes. {@code XENIMAGE_CHECKERS} names the folder
 * with {@code tsc} and {@code pyright}; without it these tests are skipped.
 */
class TypeCheckerTest {
    private static final PolicyApi API = ImplementedApi.current();
    private static final Pattern PYTHON_HOOK = Pattern.compile("(?m)^def (on_\\w+)\\(");

    @TempDir private Path folder;

    @BeforeEach
    void writeTypings() throws IOException {
        for (var file : Typings.files(API).entrySet())
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }

    /** Tests of a policy, which exports no header. */
    private static final String TESTS = "tests_of_template";

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    /** The policies of the product and of the reference, by module name. */
    private static Map<String, String> sound(String suffix) throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        Path root = ProgramShell.ROOT;
        for (String place :
                List.of(
                        "stdlib-scripts/js",
                        "stdlib-scripts/python",
                        "examples/first-rewrite",
                        "examples/guest-sections")) {
            try (Stream<Path> files = Files.list(root.resolve(place))) {
                for (Path file : files.sorted().toList()) {
                    String name = String.valueOf(file.getFileName());
                    if (name.endsWith(suffix) && !name.contains("test"))
                        sources.put(
                                name.substring(0, name.length() - suffix.length())
                                        .replace('-', '_'),
                                Files.readString(file));
                }
            }
        }
        assertTrue(sources.size() > 10, () -> "only " + sources.keySet());
        try (InputStream template = PolicyCommand.class.getResourceAsStream("template" + suffix)) {
            assertTrue(template != null, "no template");
            sources.put("template", new String(template.readAllBytes(), StandardCharsets.UTF_8));
        }
        try (InputStream tests =
                PolicyCommand.class.getResourceAsStream("template.test" + suffix)) {
            assertTrue(tests != null, "no template of tests");
            sources.put(TESTS, new String(tests.readAllBytes(), StandardCharsets.UTF_8));
        }
        boolean js = suffix.equals(".js");
        for (ObjectType object : API.objects()) {
            Setting setting = object.setting();
            if (setting.hook().isEmpty() || object.members().isEmpty()) continue;
            List<String> statements = new ArrayList<>();
            for (MemberType member : object.members())
                statements.add(
                        js
                                ? (setting.javaScript()
                                        + " { "
                                        + member.example().javaScript()
                                        + " }")
                                : (setting.python() + "\n" + member.example().python()).strip());
            sources.put(
                    "example_" + object.name().toLowerCase(Locale.ROOT),
                    js
                            ? PolicySource.javaScript(setting.hook(), setting.hook(), statements)
                            : PolicySource.python(setting.hook(), setting.hook(), statements));
        }
        for (HookType hook : API.hooks()) {
            List<String> body = List.of(js ? hook.example().javaScript() : hook.example().python());
            sources.put(
                    "example_" + hook.name().toLowerCase(Locale.ROOT),
                    js
                            ? PolicySource.javaScript(hook.name(), hook.name(), body)
                            : PolicySource.python(hook.name(), hook.name(), body));
        }
        return sources;
    }

    private static Map<String, String> mistaken(boolean js) {
        Map<String, String> sources = new LinkedHashMap<>();
        for (TypicalMistake mistake : TypicalMistake.all())
            sources.put(mistake.name(), js ? mistake.javaScript() : mistake.python());
        return sources;
    }

    @Test
    void theTypeScriptCompilerAcceptsLibraryExamplesAndTemplate() throws Exception {
        assertEquals(Map.of(), compiled(sound(".js")));
    }

    @Test
    void theTypeScriptCompilerFindsEveryMistake() throws Exception {
        Map<String, List<String>> found = compiled(mistaken(true));
        assertEquals(names(), new TreeSet<>(found.keySet()));
    }

    @Test
    void pyrightAcceptsLibraryExamplesAndTemplate() throws Exception {
        assertEquals(Map.of(), examined(sound(".py")));
    }

    @Test
    void pyrightFindsEveryMistake() throws Exception {
        Map<String, List<String>> found = examined(mistaken(false));
        assertEquals(names(), new TreeSet<>(found.keySet()));
    }

    /** A hook without its type would be checked by nobody. */
    @Test
    void everyHookOfTheProductSaysItsType() throws IOException {
        List<String> found = new ArrayList<>();
        sound(".js")
                .forEach((name, text) -> {
                    Matcher hook =
                            Pattern.compile("(?m)(^.*\\n)export function (on\\w+)").matcher(text);
                    while (hook.find())
                        if (!hook.group(1)
                                .equals(
                                        "/** @type {%s} */\n"
                                                .formatted(PolicySource.type(hook.group(2)))))
                            found.add(name + ".js " + hook.group(2));
                });
        sound(".py")
                .forEach((name, text) -> {
                    Matcher hook = Pattern.compile("(?m)^def on_\\w+\\((.*)\\)").matcher(text);
                    while (hook.find())
                        for (String one : hook.group(1).split(", ", -1))
                            if (!one.contains(": \"")) found.add(name + ".py " + hook.group());
                });
        assertEquals(List.of(), found);
    }

    private static Set<String> names() {
        return TypicalMistake.all().stream()
                .map(TypicalMistake::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What the TypeScript compiler says, by policy. */
    private Map<String, List<String>> compiled(Map<String, String> sources) throws Exception {
        var checks = new StringBuilder("import type { Checked } from './xenimage';\n");
        for (var source : sources.entrySet()) {
            String name = source.getKey();
            write(name + ".js", source.getValue());
            if (name.equals(TESTS)) checks.append("import './%s.js';\n".formatted(name));
            else
                checks.append(
                        "import * as %s from './%s.js'; export const checked_%s: Checked<typeof %s> = %s;\n"
                                .formatted(name, name, name, name, name));
        }
        write("checks.ts", checks.toString());
        write(
                "tsconfig.json",
                """
                {
                  "extends": "./jsconfig.json",
                  "compilerOptions": { "allowJs": true, "skipLibCheck": false },
                  "include": ["*.js", "*.ts"]
                }
                """);
        List<String> names = List.copyOf(sources.keySet());
        Map<String, List<String>> found = new LinkedHashMap<>();
        Pattern finding = Pattern.compile("(\\w+)\\.(?:js|ts)\\((\\d+),\\d+\\): (error.*)");
        Ran ran = run("tsc", "-p", "tsconfig.json", "--pretty", "false");
        for (String line : ran.out().lines().toList()) {
            Matcher matched = finding.matcher(line);
            if (!matched.matches()) continue;
            String name =
                    matched.group(1).equals("checks")
                            ? names.get(Integer.parseInt(matched.group(2)) - 2)
                            : matched.group(1);
            found.computeIfAbsent(name, _ -> new ArrayList<>()).add(line);
        }
        assertEquals(found.isEmpty(), ran.status() == 0, ran::out);
        return found;
    }

    /** What pyright says, by policy. */
    private Map<String, List<String>> examined(Map<String, String> sources) throws Exception {
        var checks = new StringBuilder("from xenimage import Hooks\n");
        for (var source : sources.entrySet()) {
            String name = source.getKey();
            write(name + ".py", source.getValue());
            String hooks =
                    PYTHON_HOOK
                            .matcher(source.getValue())
                            .results()
                            .map(hook ->
                                    "\"%s\": %s.%s".formatted(hook.group(1), name, hook.group(1)))
                            .collect(Collectors.joining(", "));
            checks.append("import %s; checked_%s: Hooks = {%s}\n".formatted(name, name, hooks));
        }
        write("checks.py", checks.toString());
        List<String> names = List.copyOf(sources.keySet());
        Map<String, List<String>> found = new LinkedHashMap<>();
        Ran ran = run("pyright", "-p", ".", "--warnings", "--outputjson");
        JsonNode report = new JsonMapper().readTree(ran.out());
        for (JsonNode one : report.path("generalDiagnostics")) {
            String file = String.valueOf(Path.of(one.path("file").asText()).getFileName());
            String name = file.substring(0, Math.max(0, file.indexOf('.')));
            if (name.equals("checks"))
                name = names.get(one.path("range").path("start").path("line").asInt() - 1);
            found.computeIfAbsent(name, _ -> new ArrayList<>()).add(one.path("message").asText());
        }
        assertTrue(report.path("summary").path("filesAnalyzed").asInt() > sources.size(), ran::out);
        return found;
    }

    private record Ran(int status, String out) {}

    private Ran run(String program, String... arguments) throws Exception {
        String checkers = System.getenv("XENIMAGE_CHECKERS");
        assumeTrue(checkers != null, "XENIMAGE_CHECKERS is not set");
        Path bin = Path.of(checkers);
        List<String> command = new ArrayList<>(List.of(bin.resolve(program).toString()));
        command.addAll(List.of(arguments));
        File out = folder.resolve("out").toFile();
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(false)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(out)
                        .start();
        int status = process.waitFor();
        String text = Files.readString(out.toPath());
        assertFalse(status > 2, text);
        return new Ran(status, text);
    }
}
