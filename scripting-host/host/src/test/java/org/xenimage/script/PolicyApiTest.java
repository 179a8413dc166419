package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.Example;
import org.xenimage.script.api.HookType;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.MemberType.Access;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.PolicyApi;
import org.xenimage.script.api.Reference;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.api.Spelling;
import org.xenimage.script.api.Typings;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.tools.index.ImageIndex;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The description of the API against the API itself: living objects in both languages, every example, and the files
 * that are made from it. The files are rewritten by running this test with {@code -Dxenimage.api.update=true}.
 */
class PolicyApiTest {
    private static final PolicyApi API = ImplementedApi.current();
    private static final Path MODULE =
            Files.isDirectory(Path.of("scripting-host"))
                    ? Path.of("scripting-host", "host")
                    : Path.of("");

    /** Logs each member of an object, and what it is, under the object's name. */
    private static final String WALK_JS =
            """
            const kind = (v) => v === null || v === undefined ? 'null' : Array.isArray(v) ? 'list'
              : v instanceof Uint8Array ? 'bytes' : typeof v;
            const walk = (name, object, ctx) => {
              for (const key of Object.keys(object)) ctx.log(`${name} ${key} ${kind(object[key])}`);
            };
            """;

    private static final String WALK_PYTHON =
            """
            def kind(v):
                kinds = ((bool, 'boolean'), (int, 'number'), (str, 'string'), (bytearray, 'bytes'), (dict, 'object'))
                for is_, name in kinds:
                    if isinstance(v, is_):
                        return name
                if v is None:
                    return 'null'
                if callable(v):
                    return 'function'
                return 'list' if isinstance(v, list) else 'object'
            def walk(name, object, ctx):
                keys = object.keys() if isinstance(object, dict) else dir(object)
                for key in keys:
                    if not key.startswith('__'):
                        value = object[key] if isinstance(object, dict) else getattr(object, key)
                        ctx.log(f'{name} {key} {kind(value)}')
            """;

    @TempDir private Path folder;

    private static List<ObjectType> placed() {
        return API.objects().stream()
                .filter(object -> !object.setting().hook().isEmpty())
                .filter(object -> !object.members().isEmpty())
                .toList();
    }

    private static String argument(Setting setting) {
        return API.hooks().stream()
                .filter(hook -> hook.name().equals(setting.hook()))
                .findFirst()
                .orElseThrow()
                .parameters()
                .stream()
                .map(CallParameter::name)
                .collect(Collectors.joining(", "));
    }

    private static String indented(List<String> statements) {
        return statements.stream()
                .filter(statement -> !statement.isEmpty())
                .map(statement -> "    " + statement + "\n")
                .collect(Collectors.joining());
    }

    /** A hook with statements of one language. */
    private static String hook(Language language, Setting setting, String... statements) {
        return SampleRuns.pick(language, "export ", "")
                + function(
                        language,
                        setting,
                        SampleRuns.pick(language, setting.hook(), Spelling.snake(setting.hook())),
                        statements);
    }

    private static String function(
            Language language, Setting setting, String name, String... statements) {
        List<String> all = new ArrayList<>();
        all.add(SampleRuns.pick(language, setting.javaScript(), setting.python()));
        all.addAll(List.of(statements));
        return SampleRuns.pick(language, "function %s(%s) {\n%s}\n", "def %s(%s):\n%s")
                .formatted(name, argument(setting), indented(all));
    }

    private static String walk(Language language) {
        return SampleRuns.pick(language, WALK_JS, WALK_PYTHON);
    }

    private static Map<String, String> logged(List<String> log, String object) {
        Map<String, String> kinds = new LinkedHashMap<>();
        for (String line : log) {
            int at = line.indexOf("\"" + object + " ");
            if (at < 0) continue;
            String[] words = line.substring(at + 1, line.indexOf('"', at + 1)).split(" ", -1);
            kinds.merge(words[1], words[2], (one, other) -> one);
        }
        return kinds;
    }

    /** What the walk may find of a type. */
    private static Set<String> kinds(Language language, ScriptType type) {
        boolean js = language == Language.JAVASCRIPT;
        return switch (type) {
            case ScriptType.OrNull(ScriptType inner) -> {
                Set<String> kinds = new TreeSet<>(kinds(language, inner));
                kinds.add("null");
                yield kinds;
            }
            case ScriptType.OneOf(var types) ->
                    types.stream()
                            .flatMap(one -> kinds(language, one).stream())
                            .collect(Collectors.toSet());
            case ScriptType.Exactly _ -> Set.of("number");
            case ScriptType.Choice _ -> Set.of("string");
            case ScriptType.ListOf _ -> Set.of("list");
            case ScriptType.MapOf _, ScriptType.Ref _, ScriptType.Keyed _ -> Set.of("object");
            case ScriptType.FunctionOf _ -> Set.of();
            case ScriptType.Plain plain ->
                    switch (plain) {
                        case NUMBER -> Set.of("number");
                        case BIGINT -> Set.of(js ? "bigint" : "number");
                        case INTEGER -> Set.of("number", "bigint");
                        case STRING, RECORD_TYPE -> Set.of("string");
                        case FLAG -> Set.of("boolean");
                        case BYTES -> Set.of("bytes");
                        case JSON, ANY ->
                                Set.of(
                                        "null", "boolean", "number", "bigint", "string", "list",
                                        "object");
                        case BYTES_LIKE, PATTERN, NOTHING, NEVER -> Set.of();
                    };
        };
    }

    private static String spelled(Language language, ObjectType object, MemberType member) {
        return language == Language.PYTHON && object.form() != ObjectType.Form.KEYS
                ? Spelling.snake(member.name())
                : member.name();
    }

    private static void compare(Language language, ObjectType object, Map<String, String> found) {
        assertTrue(!found.isEmpty(), () -> "no " + object.name() + " was walked");
        Set<String> unknown = new TreeSet<>(found.keySet());
        for (MemberType member : object.members()) {
            String name = spelled(language, object, member);
            String what = object.name() + "." + name;
            unknown.remove(name);
            String kind = found.getOrDefault(name, "missing");
            if (member.access() == Access.OPTIONAL_KEY && kind.equals("missing")) continue;
            Set<String> expected =
                    member.access() == Access.CALL
                            ? Set.of("function")
                            : kinds(language, member.type());
            assertTrue(
                    expected.contains(kind),
                    () -> what + ": described as " + expected + ", found " + kind);
        }
        if (object.others().isEmpty())
            assertEquals(Set.of(), unknown, () -> object.name() + " has members not described");
    }

    @ParameterizedTest
    @EnumSource
    void everyMemberOfALivingObjectIsDescribedAndTheOtherWayRound(Language language)
            throws IOException {
        for (ObjectType object : placed()) {
            boolean failing = object.setting().hook().equals("onFailure");
            String only =
                    object.name().equals("XenRecord")
                            ? SampleRuns.pick(
                                    language,
                                    "if (record.type !== 'X86_CPUID_POLICY') return;",
                                    "if record.type != 'X86_CPUID_POLICY': return")
                            : "";
            String walk = "walk('%s', %s, ctx)".formatted(object.name(), object.variable());
            String source = walk(language) + hook(language, object.setting(), only, walk);
            if (failing)
                source += hook(language, Setting.in("onEnd"), "ctx.veto('to see a failure')");
            List<String> log =
                    run(SampleRuns.policy(language, GrantSamples.WANTS, source), failing);
            compare(language, object, logged(log, object.name()));
        }
    }

    private List<String> run(Policy policy, boolean failing) throws IOException {
        List<String> log = new ArrayList<>();
        try (GrantSamples grants = new GrantSamples(folder);
                PolicyRun run =
                        SampleRuns.host()
                                .run(
                                        List.of(grants.given(policy)),
                                        SampleRuns.CONTEXT,
                                        DecisionLog.to(log::add))) {
            try {
                PolicyTestImage.rewrite(SampleRuns.sample(), run);
            } catch (IOException failure) {
                if (!failing) throw failure;
                run.fail(failure);
            }
        }
        return log;
    }

    @ParameterizedTest
    @EnumSource
    void everyMemberOfTheConsolesImageIsDescribedAndTheOtherWayRound(Language language)
            throws Exception {
        inSession(
                language,
                session -> {
                    for (String name : List.of("Image", "ImagePages")) {
                        ObjectType object = API.object(name);
                        assertEquals(
                                object.members().stream()
                                        .map(member -> spelled(language, object, member))
                                        .collect(Collectors.toCollection(TreeSet::new)),
                                new TreeSet<>(
                                        session.members(object.variable()).stream()
                                                .filter(member -> !member.startsWith("__"))
                                                .toList()));
                    }
                });
    }

    private interface InSession {
        void with(ScriptSession session) throws Exception;
    }

    private void inSession(Language language, InSession body) throws Exception {
        Path file = Files.write(folder.resolve("sample.save"), PolicyTestImage.bytes());
        try (ImageIndex index = ImageIndex.open(Images.load(), ChannelSource.open(file));
                ScriptSession session =
                        ScriptSession.open(
                                SampleRuns.host().options(),
                                language,
                                index,
                                new ByteArrayOutputStream())) {
            body.with(session);
        }
    }

    private static String pick(Language language, Example example) {
        return SampleRuns.pick(language, example.javaScript(), example.python());
    }

    @ParameterizedTest
    @EnumSource
    void everyExampleOfAHookAndOfWhatItIsGivenRuns(Language language) throws IOException {
        for (ObjectType object : placed()) {
            boolean failing = object.setting().hook().equals("onFailure");
            var source = new StringBuilder();
            List<String> calls = new ArrayList<>();
            for (MemberType member : object.members()) {
                String name = "example" + calls.size();
                Setting setting = object.setting();
                source.append(function(language, setting, name, pick(language, member.example())));
                calls.add("%s(%s)".formatted(name, argument(setting)));
            }
            source.append(
                    hook(
                            language,
                            Setting.in(object.setting().hook()),
                            calls.toArray(String[]::new)));
            if (failing)
                source.append(hook(language, Setting.in("onEnd"), "ctx.veto('to see a failure')"));
            run(SampleRuns.policy(language, GrantSamples.WANTS, source.toString()), failing);
        }
        var hooks = new StringBuilder();
        for (HookType hook : API.hooks())
            hooks.append(hook(language, Setting.in(hook.name()), pick(language, hook.example())));
        run(SampleRuns.policy(language, GrantSamples.WANTS, hooks.toString()), false);
    }

    @ParameterizedTest
    @EnumSource
    void everyExampleOfTheConsoleRuns(Language language) throws Exception {
        inSession(
                language,
                session -> {
                    for (String name : List.of("Image", "ImagePages"))
                        for (MemberType member : API.object(name).members())
                            session.evaluate("example", pick(language, member.example()));
                });
    }

    @ParameterizedTest
    @EnumSource
    void everyExampleOfAKeyOfTheHeaderIsRead(Language language) throws IOException {
        for (ObjectType object : API.all()) {
            if (!object.name().startsWith("Policy")) continue;
            for (MemberType key : object.members()) {
                String example = pick(language, key.example());
                String api =
                        key.name().equals("api")
                                ? ""
                                : SampleRuns.pick(language, "api: 1, ", "'api': 1, ");
                String header =
                        SampleRuns.pick(
                                        language,
                                        "export const policy = {%s%s};",
                                        "POLICY = {%s%s}")
                                .formatted(api, example);
                SampleRuns.host().parse("example" + language.suffix(), language, header);
            }
        }
    }

    @Test
    void nothingIsDescribedWithoutASentenceAndAnExample() {
        List<String> found = new ArrayList<>();
        for (ObjectType object : API.objects())
            for (MemberType member : object.members()) {
                String name = object.name() + "." + member.name();
                if (member.doc().isEmpty()) found.add(name + ": no sentence");
                if (member.example().javaScript().isEmpty() || member.example().python().isEmpty())
                    found.add(name + ": no example");
                Stream.concat(
                                Stream.of(member.type()),
                                member.parameters().stream().map(CallParameter::type))
                        .filter(ScriptType.Ref.class::isInstance)
                        .map(ScriptType.Ref.class::cast)
                        .forEach(ref -> API.object(ref.name()));
            }
        assertEquals(List.of(), found);
    }

    @Test
    void whatAScriptOfApi1SeesIsAsFrozen() throws IOException {
        compare(
                Path.of("src", "test", "resources", "public-api", "api-1.txt"),
                Reference.frozen(API));
    }

    @Test
    void theReferenceAndTheTypingsAreMadeFromTheDescription() throws IOException {
        compare(Path.of("docs", "policy-api.md"), Reference.markdown(API));
        for (var file : Typings.files(API).entrySet()) {
            if (file.getKey().startsWith("xenimage."))
                compare(Path.of("docs", file.getKey()), file.getValue());
        }
    }

    private static void compare(Path name, String actual) throws IOException {
        Path file = MODULE.resolve(name);
        if (Boolean.getBoolean("xenimage.api.update")) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, actual);
        }
        assertEquals(
                Files.exists(file) ? Files.readString(file) : "",
                actual,
                () ->
                        file
                                + " differs from the API; if the change is meant, run"
                                + " mvn verify -Dxenimage.api.update=true and put the file in the same commit");
    }
}
