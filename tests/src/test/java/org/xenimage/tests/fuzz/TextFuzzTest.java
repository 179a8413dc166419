package org.xenimage.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.rewrite.SiteFile;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The readers of text that people write: headers of policies, and the settings of a site. */
class TextFuzzTest {
    private static final PolicyHost HOST = PolicyHost.open(HostOptions.defaults());

    private static Stream<byte[]> texts(String... texts) {
        return Stream.of(texts).map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<byte[]> jsHeaderSeeds() {
        return texts(
                "export const policy = { api: 1, name: 'a', version: \"1.0\" };\n",
                """
                // c
                /* c */ export const policy = {
                  api: 1, on: ['save', "restore"], onError: 'warn',
                  match: { name: /^web[0-9]+$/i, guest: ['pv', 'pvh'], xen: '>=4.14 <4.20' },
                  params: { to: { required: true, type: 'string', doc: `x` }, n: { default: -0x1f },
                            pass: { secret: true } },
                  limits: { time: '5s', memory: '64MiB', statements: 1e6 }, doc: '\\u{41}\\x41\\n',
                };
                export function onConfig(config, ctx) {}
                """);
    }

    @MethodSource("jsHeaderSeeds")
    @FuzzTest
    void jsHeader(byte[] input) {
        header("policy.js", Language.JAVASCRIPT, input);
    }

    static Stream<byte[]> pythonHeaderSeeds() {
        return texts(
                "POLICY = {\"api\": 1, \"name\": \"a\", \"version\": \"1.0\"}\n",
                """
                '''doc'''
                # c
                POLICY = {
                  'api': 1, "on": ["save", 'restore'], 'onError': 'warn',
                  'match': {'name': '^web[0-9]+$', 'guest': ('pv', 'pvh'), 'xen': '>=4.14'},
                  'params': {'to': {'required': True, 'type': 'string', 'doc': r'x'},
                             'n': {'default': -0x1f}, 'pass': {'secret': True, 'default': None}},
                  'limits': {'time': '5s', 'memory': '64MiB', 'statements': 1_000}, 'doc': '\\u0041\\n',
                }
                def on_config(config, ctx): pass
                """);
    }

    @MethodSource("pythonHeaderSeeds")
    @FuzzTest
    void pythonHeader(byte[] input) {
        header("policy.py", Language.PYTHON, input);
    }

    private static void header(String file, Language language, byte[] input) {
        try {
            HOST.parse(file, language, new String(input, StandardCharsets.UTF_8));
        } catch (ImageException e) {
            RefusedInput.as(e);
        }
    }

    static Stream<byte[]> siteJsonSeeds() {
        return texts(
                "{\"a\":1,\"b\":[true,null,-1.5e3],\"c\":{\"d\":\"\\u0041\"}}", "{}", "[[[[]]]]");
    }

    @MethodSource("siteJsonSeeds")
    @FuzzTest
    void siteJson(byte[] input) throws IOException {
        site("site.json", input);
    }

    static Stream<byte[]> siteYamlSeeds() {
        return texts(
                "a: 1\nb:\n  - true\n  - ~\n  - -1.5e3\nc: {d: \"\\u0041\"}\n",
                "%YAML 1.1\n---\na: &x [1, 2]\nb: *x\nc: !!binary aGk=\nd: |\n  text\n...\n",
                "? {a: b}\n: <<: {c: d}\n");
    }

    @MethodSource("siteYamlSeeds")
    @FuzzTest
    void siteYaml(byte[] input) throws IOException {
        site("site.yaml", input);
    }

    private static void site(String name, byte[] input) throws IOException {
        Path file = FuzzedImage.FOLDER.resolve(name);
        Files.write(file, input);
        try {
            SiteFile.read(file.toString(), new RunFiles());
        } catch (CommandFailed e) {
            RefusedInput.says(String.valueOf(e.getMessage()));
        } finally {
            Files.delete(file);
        }
    }
}
