package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.tests.program.ProgramShell.Outcome;
import org.xenimage.tests.testkit.PlainWords;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The way of a new user from {@code policy new} to an image that is rewritten, with the built program alone.
 * On the way
 * they make every mistake that new users make; each message says what to write instead, so that the next try
 * is right.
 */
class NewcomerWalkTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir private Path folder;

    /** A language of the walk: what the template has, and what the new user writes in its place. */
    enum Walked {
        JAVASCRIPT(
                "mine.js",
                "mine.test.js",
                """
                export function onConfig(config, ctx) {
                }
                """,
                """
                export function onConfig(config, ctx) {
                  config.c_info.name = ctx.params.greeting;
                }

                export function onBegin(ctx) {
                  ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 });
                }

                export function onRecord(record, ctx) {
                  if (record.type === 'X86_TSC_INFO') record.fields.nsec += 1n;
                }

                export function onPages(batch, ctx) {
                  for (let i = 0; i < batch.count; i++) if (batch.page(i).hasData) batch.page(i).u64(0);
                }
                """,
                "  t.equal(result.config, result.before.config);\n  t.equal(result.edits.length, 1);",
                "  t.equal(result.config.c_info.name, 'hello');"),
        PYTHON(
                "mine.py",
                "test_mine.py",
                """
                def on_config(config: "Config", ctx: "Context"):
                    pass
                """,
                """
                def on_config(config, ctx):
                    config["c_info"]["name"] = ctx.params["greeting"]


                def on_begin(ctx):
                    ctx.pages.scrub(text="SECRET-API-TOKEN=", length=49)


                def on_record(record, ctx):
                    if record.type == "X86_TSC_INFO":
                        record.fields["nsec"] += 1


                def on_pages(batch, ctx):
                    for i in range(batch.count):
                        if batch.page(i).has_data:
                            batch.page(i).u64(0)
                """,
                "    t.equal(result.config, result.before.config)\n    t.equal(len(result.edits), 1)",
                "    t.equal(result.config[\"c_info\"][\"name\"], \"hello\")");

        private final String file;
        private final String test;
        private final String empty;
        private final String written;
        private final String oldTest;
        private final String newTest;

        Walked(
                String file,
                String test,
                String empty,
                String written,
                String oldTest,
                String newTest) {
            this.file = file;
            this.test = test;
            this.empty = empty;
            this.written = written;
            this.oldTest = oldTest;
            this.newTest = newTest;
        }

        /** The right policy, with one thing wrong, and what the message must say to write instead. */
        List<Mistake> mistakes() {
            return switch (this) {
                case JAVASCRIPT ->
                        List.of(
                                new Mistake("onConfig(", "on_config(", "did you mean onConfig?"),
                                new Mistake("onConfig(", "onConfg(", "did you mean onConfig?"),
                                new Mistake("onConfig(", "onconfig(", "did you mean onConfig?"),
                                new Mistake(
                                        "export function onConfig",
                                        "function onConfig",
                                        "write 'export function onConfig'"),
                                new Mistake(
                                        "export function onConfig",
                                        "export async function onConfig",
                                        "a hook must be an ordinary function"),
                                new Mistake(
                                        "ctx.params.greeting;",
                                        "ctx.params.greeting; return config;",
                                        "a hook returns nothing; edit what it is given in place"),
                                new Mistake("+= 1n", "+= 1", "write 1n for 1"),
                                new Mistake(
                                        "c_info.name",
                                        "c_info.nmae",
                                        "config has no key c_info.nmae; did you mean name?"),
                                new Mistake(
                                        "config.c_info",
                                        "config.c_inof",
                                        "what is before .name does not exist: check its spelling"),
                                new Mistake(
                                        "X86_TSC_INFO",
                                        "X86_TSC_INF",
                                        "did you mean X86_TSC_INFO?"),
                                new Mistake(
                                        "fields.nsec += 1n",
                                        "fields.nesc = 1n",
                                        "did you mean nsec?"),
                                new Mistake(
                                        "fields.nsec += 1n",
                                        "fields.khz = '1'",
                                        "khz: expected 32-bit integer"),
                                new Mistake(
                                        "record.fields.nsec += 1n",
                                        "record.type = 'END'",
                                        "record.type cannot be set; set bytes"),
                                new Mistake(
                                        "record.fields.nsec += 1n",
                                        "ctx.image.name = 'a'",
                                        "ctx.image.name cannot be set: it only says what is; edit what a hook "
                                                + "is given, such as config in onConfig"),
                                new Mistake(
                                        "length: 49",
                                        "length: '49'",
                                        "length: expected an integer from 0 to"),
                                new Mistake("length: 49", "lenght: 49", "did you mean length?"),
                                new Mistake(
                                        "batch.page(i).u64(0)",
                                        "batch.page(0x1000).u64(0)",
                                        "page index: expected an integer from 0 to 1023"),
                                new Mistake(
                                        "batch.page(i).u64(0)",
                                        "batch.page(i).u64(4096)",
                                        "u64 offset: expected an integer from 0 to 4088"),
                                new Mistake(
                                        "for (let i = 0; i < batch.count; i++) if (batch.page(i).hasData) "
                                                + "batch.page(i).u64(0)",
                                        "for (const page of batch) page.u64(0)",
                                        "write for (let i = 0; i < batch.count; i++) batch.page(i)"),
                                new Mistake("hasData", "has_data", "did you mean hasData?"),
                                new Mistake("  api: 1,", "  api: 2,", "api: expected 1"),
                                new Mistake(
                                        "  api: 1,",
                                        "  api: 1, onErorr: 'skip',",
                                        "did you mean onError?"),
                                new Mistake(
                                        "on: ['rewrite']",
                                        "on: ['rewirte']",
                                        "did you mean rewrite?"),
                                new Mistake(
                                        "  api: 1,",
                                        "  api: 1, match: { nmae: 'web*' },",
                                        "did you mean name?"),
                                new Mistake(
                                        "  api: 1,",
                                        "  api: 1, match: { name: '^web-' },",
                                        "write \"web-*\""),
                                new Mistake(
                                        "name: 'mine'",
                                        "name: NAME",
                                        "write the value itself here"),
                                new Mistake(
                                        "ctx.params.greeting",
                                        "ctx.params.greting",
                                        "did you mean greeting?"),
                                new Mistake(
                                        "\nexport function onConfig",
                                        "\nconst fs = require('fs');\nexport function onConfig",
                                        "write import { name } from './lib/file.js'"),
                                new Mistake(
                                        "\nexport function onConfig",
                                        "\nimport { redact } from './lib/redact.js';\nexport function onConfig",
                                        "a policy imports files beside it or below"),
                                new Mistake(
                                        "ctx.params.greeting;",
                                        "ctx.params.greeting; ctx.lgo('a');",
                                        "did you mean log?"),
                                new Mistake(
                                        "ctx.params.greeting;",
                                        "process.env.HOME;",
                                        "declare a parameter in params"));
                case PYTHON ->
                        List.of(
                                new Mistake("on_config(", "onConfig(", "did you mean on_config?"),
                                new Mistake("on_config(", "on_confg(", "did you mean on_config?"),
                                new Mistake("on_config(", "onconfig(", "did you mean on_config?"),
                                new Mistake(
                                        "def on_config",
                                        "async def on_config",
                                        "a hook must be an ordinary function"),
                                new Mistake(
                                        "[\"greeting\"]\n",
                                        "[\"greeting\"]\n    return config\n",
                                        "a hook returns nothing; edit what it is given in place"),
                                new Mistake(
                                        "[\"nsec\"] += 1", "[\"nsec\"] += '1'", "'int' and 'str'"),
                                new Mistake(
                                        "[\"c_info\"][\"name\"]",
                                        "[\"c_info\"][\"nmae\"]",
                                        "config has no key c_info.nmae; did you mean name?"),
                                new Mistake(
                                        "config[\"c_info\"]",
                                        "config[\"c_inof\"]",
                                        "there is no such key: check its spelling"),
                                new Mistake(
                                        "config[\"c_info\"]", "config.c_info", "write ['c_info']"),
                                new Mistake(
                                        "X86_TSC_INFO",
                                        "X86_TSC_INF",
                                        "did you mean X86_TSC_INFO?"),
                                new Mistake(
                                        "[\"nsec\"] += 1", "[\"nesc\"] = 1", "did you mean nsec?"),
                                new Mistake(
                                        "[\"nsec\"] += 1",
                                        "[\"khz\"] = '1'",
                                        "khz: expected 32-bit integer"),
                                new Mistake(
                                        "record.fields[\"nsec\"] += 1",
                                        "record.type = 'END'",
                                        "record.type cannot be set; set bytes"),
                                new Mistake(
                                        "record.fields[\"nsec\"] += 1",
                                        "ctx.image.name = 'a'",
                                        "ctx.image.name cannot be set: it only says what is; edit what a hook "
                                                + "is given, such as config in on_config"),
                                new Mistake(
                                        "length=49",
                                        "length='49'",
                                        "length: expected an integer from 0 to"),
                                new Mistake("length=49", "lenght=49", "did you mean length?"),
                                new Mistake(
                                        "batch.page(i).u64(0)",
                                        "batch.page(0x1000).u64(0)",
                                        "page index: expected an integer from 0 to 1023"),
                                new Mistake(
                                        "batch.page(i).u64(0)",
                                        "batch.page(i).u64(4096)",
                                        "u64 offset: expected an integer from 0 to 4088"),
                                new Mistake(
                                        "range(batch.count)",
                                        "batch",
                                        "write batch.page(i) for i in range(batch.count)"),
                                new Mistake("has_data", "hasData", "did you mean has_data?"),
                                new Mistake("\"api\": 1,", "\"api\": 2,", "api: expected 1"),
                                new Mistake(
                                        "\"api\": 1,",
                                        "\"api\": 1, \"on_error\": \"skip\",",
                                        "did you mean onError?"),
                                new Mistake(
                                        "\"on\": [\"rewrite\"]",
                                        "\"on\": [\"rewirte\"]",
                                        "did you mean rewrite?"),
                                new Mistake(
                                        "\"api\": 1,",
                                        "\"api\": 1, \"match\": {\"nmae\": \"web*\"},",
                                        "did you mean name?"),
                                new Mistake(
                                        "\"api\": 1,",
                                        "\"api\": 1, \"match\": {\"name\": \"^web-\"},",
                                        "write \"web-*\""),
                                new Mistake(
                                        "\"name\": \"mine\"",
                                        "\"name\": NAME",
                                        "write the value itself here"),
                                new Mistake(
                                        "ctx.params[\"greeting\"]",
                                        "ctx.params[\"greting\"]",
                                        "did you mean greeting?"),
                                new Mistake(
                                        "\ndef on_config",
                                        "\nimport requests\ndef on_config",
                                        "a policy imports the standard library"),
                                new Mistake(
                                        "\ndef on_config",
                                        "\nfrom lib.redact import redact\ndef on_config",
                                        "and files beside it"),
                                new Mistake(
                                        "[\"greeting\"]\n",
                                        "[\"greeting\"]\n    ctx.lgo('a')\n",
                                        "did you mean log?"),
                                new Mistake(
                                        "ctx.params[\"greeting\"]",
                                        "open('name').read()",
                                        "ask for a grant in the header"));
            };
        }
    }

    /** A wrong place of the policy, and what the message says to write instead. */
    record Mistake(String right, String wrong, String instead) {
        String in(String policy) {
            return policy.replace(right, wrong);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyMistakeIsAnsweredByWhatToWriteInstead(Walked walked)
            throws IOException, InterruptedException {
        ProgramShell shell = ProgramShell.in(folder);
        refused(shell, "xenimage policy new mine.txt", 2, "a name that ends in .js or .py");
        fine(shell, "xenimage policy new " + walked.file);
        refused(shell, "xenimage policy new " + walked.file, 1, "--force");
        fine(shell, "xenimage policy test " + walked.file);
        fine(shell, "xenimage sample web1.save --guest pvh --memory 4 --name web1");

        String policy = edit(walked.file, walked.empty, walked.written);
        int begin =
                policy.indexOf(
                        walked == Walked.PYTHON ? "def on_begin" : "export function onBegin");
        // The template greets in onBegin; the new user writes that anew.
        policy = policy.substring(0, begin) + policy.substring(policy.indexOf(walked.written));
        Files.writeString(folder.resolve(walked.file), policy);
        // Its own tests say what no longer holds.
        refused(shell, "xenimage policy test " + walked.file, 1, "- expected ");
        edit(walked.test, walked.oldTest, walked.newTest);

        // One process tests all of them, each in a folder of its own; what it says of each is told
        // by the folder.
        List<Mistake> mistakes = walked.mistakes();
        for (int i = 0; i < mistakes.size(); i++) {
            assertTrue(policy.contains(mistakes.get(i).right), mistakes.get(i).right);
            Path place = Files.createDirectories(folder.resolve("mistakes/m" + i + "m"));
            Files.writeString(place.resolve(walked.file), mistakes.get(i).in(policy));
            Files.copy(folder.resolve(walked.test), place.resolve(walked.test));
        }
        Outcome tested = shell.run("xenimage policy test mistakes --json");
        assertEquals(1, tested.status(), tested.err());
        PlainWords.require(tested.out() + tested.err());
        List<String> unanswered = new ArrayList<>();
        for (int i = 0; i < mistakes.size(); i++) {
            String told = "mistakes/m" + i + "m/";
            List<String> results = new ArrayList<>();
            for (String line : tested.out().lines().toList()) {
                JsonNode result = JSON.readTree(line);
                if (result.path("file").asText().contains(told)) results.add(text(result));
            }
            String instead = mistakes.get(i).instead;
            if (results.stream().noneMatch(result -> result.contains(instead)))
                unanswered.add(mistakes.get(i) + "\n" + String.join("\n", results));
        }
        assertEquals(List.of(), unanswered);
        // A dry run says the same, with the line; one of each kind: of the header, of a name, of a
        // call.
        for (int at : List.of(0, mistakes.size() / 2, mistakes.size() - 2)) {
            Files.writeString(folder.resolve(walked.file), mistakes.get(at).in(policy));
            String dry = "xenimage rewrite web1.save --dry-run --policy " + walked.file;
            refused(shell, dry, 1, mistakes.get(at).instead);
            refused(shell, dry, 1, walked.file + ":");
        }

        Files.writeString(folder.resolve(walked.file), policy);
        String in = "xenimage rewrite web1.save ";
        refused(shell, in + "--dry-run --policy mien" + walked.file.substring(4), 1, "mien");
        refused(
                shell,
                "xenimage rewrite web.save --dry-run --policy " + walked.file,
                1,
                "web.save");
        String runs = in + "web2.save --policy " + walked.file;
        refused(shell, runs + " --set greting=web2", 1, "did you mean greeting?");
        refused(shell, runs + " --set greeting", 2, "--set");
        refused(shell, in + "--policy " + walked.file, 2, "OUT");
        refused(shell, in + "web1.save --policy " + walked.file, 1, "web1.save");
        assertFalse(Files.exists(folder.resolve("web2.save")));

        fine(shell, "xenimage policy test " + walked.file);
        String diff =
                fine(shell, in + "--dry-run --set greeting=web2 --policy " + walked.file).out();
        assertTrue(diff.contains("+    \"name\" : \"web2\","), diff);
        fine(shell, runs + " --set greeting=web2");
        refused(shell, runs, 1, "--force");
        assertTrue(fine(shell, "xenimage info web2.save").out().contains("web2"));
        fine(shell, "xenimage verify web2.save");
    }

    /** All that a result says, as text. */
    private static String text(JsonNode result) {
        if (result.isValueNode()) return result.asText();
        var text = new StringBuilder();
        for (JsonNode part : result) text.append(text(part)).append('\n');
        return text.toString();
    }

    private String edit(String file, String from, String to) throws IOException {
        String text = Files.readString(folder.resolve(file));
        assertTrue(text.contains(from), text);
        String edited = text.replace(from, to);
        Files.writeString(folder.resolve(file), edited);
        return edited;
    }

    private static Outcome fine(ProgramShell shell, String command)
            throws IOException, InterruptedException {
        Outcome outcome = shell.run(command);
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
        return outcome;
    }

    private static void refused(ProgramShell shell, String command, int status, String instead)
            throws IOException, InterruptedException {
        Outcome outcome = shell.run(command);
        String said = outcome.out() + outcome.err();
        assertEquals(status, outcome.status(), command + "\n" + said);
        PlainWords.require(said);
        assertTrue(said.contains(instead), command + "\n" + said);
    }
}
