package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** What the decision log says, to the letter. */
class DecisionLogTest {
    @ParameterizedTest
    @EnumSource
    void logHasEveryEditWithBeforeAndAfterAndNeverTheSecret(Language language) throws IOException {
        Policy policy =
                policy(
                        language,
                        pick(
                                language,
                                """
                                export function onBegin(ctx) { ctx.pages.scrub({text: 'SECRET-API-TOKEN=', length: 32}); }
                                export function onConfig(config, ctx) { config.nics[0].bridge = 'br7'; delete config.b_info.huge; ctx.warn('look'); }
                                export function onMetadata(meta, ctx) { meta['site.owner'] = 'bob'; }
                                export function onRecord(record, ctx) { if (record.type === 'X86_TSC_INFO') record.fields.khz = 5; }
                                """,
                                """
                                def on_begin(ctx): ctx.pages.scrub(text="SECRET-API-TOKEN=", length=32)
                                def on_config(config, ctx):
                                    config["nics"][0]["bridge"] = "br7"
                                    del config["b_info"]["huge"]
                                    ctx.warn("look")
                                def on_metadata(meta, ctx): meta["site.owner"] = "bob"
                                def on_record(record, ctx):
                                    if record.type == "X86_TSC_INFO": record.fields["khz"] = 5
                                """));
        SampleRuns.Ran ran = run(policy);
        String who =
                "\"policy\":\"tested\",\"version\":\"1\",\"digest\":\"" + policy.digest() + "\"";
        assertEquals(
                List.of(
                        "{\"seq\":1,\"event\":\"begin\",\"time\":\"2026-01-02T03:04:05Z\","
                                + "\"operation\":\"rewrite\",\"operator\":\"alice\","
                                + "\"source\":\"sample.save\",\"image\":{\"format\":\"xl\","
                                + "\"guest\":\"hvm\",\"xen\":\"4.17\",\"libxcVersion\":3,"
                                + "\"name\":\"web-1\","
                                + "\"uuid\":\"7f56e98f-5183-4ac5-84e4-9ef8757f0b68\"},"
                                + "\"policies\":[{"
                                + who
                                + ",\"file\":\"tested"
                                + language.suffix()
                                + "\"}]}",
                        "{\"seq\":2," + who + ",\"warn\":\"look\"}",
                        "{\"seq\":3,"
                                + who
                                + ",\"hook\":\""
                                + Hook.CONFIG.in(language)
                                + at(policy, Hook.CONFIG)
                                + "\",\"element\":\"config\",\"offset\":52,\"path\":\"b_info.huge\","
                                + "\"before\":9007199254740993}",
                        "{\"seq\":4,"
                                + who
                                + ",\"hook\":\""
                                + Hook.CONFIG.in(language)
                                + at(policy, Hook.CONFIG)
                                + "\",\"element\":\"config\",\"offset\":52,"
                                + "\"path\":\"nics[0].bridge\",\"before\":\"xenbr0\","
                                + "\"after\":\"br7\"}",
                        "{\"seq\":5,"
                                + who
                                + ",\"hook\":\""
                                + Hook.METADATA.in(language)
                                + at(policy, Hook.METADATA)
                                + "\",\"element\":\"site metadata\",\"offset\":"
                                + offset(ran, 4)
                                + ",\"path\":\"[\\\"site.owner\\\"]\",\"after\":\"bob\"}",
                        "{\"seq\":6,"
                                + who
                                + ",\"hook\":\""
                                + Hook.RECORD.in(language)
                                + at(policy, Hook.RECORD)
                                + "\",\"element\":\"record X86_TSC_INFO\",\"offset\":"
                                + offset(ran, 5)
                                + ",\"path\":\"fields.khz\",\"before\":2400000,\"after\":5}",
                        "{\"seq\":7,"
                                + who
                                + ",\"hook\":\""
                                + Hook.BEGIN.in(language)
                                + at(policy, Hook.BEGIN)
                                + "\",\"element\":\"pages\",\"path\":\"rule[0] scrub\","
                                + "\"after\":{\"matches\":2,\"pages\":2,\"bytes\":64,"
                                + "\"first\":[{\"pfn\":256,\"offset\":100},{\"pfn\":258,"
                                + "\"offset\":100}]}}",
                        "{\"seq\":8,\"event\":\"end\",\"policies\":[{\"policy\":\"tested\","
                                + "\"outcome\":\"ran\",\"edits\":5,\"pages\":2,\"bytes\":64}]}"),
                ran.log());
        assertFalse(ran.logged().contains("hunter2"));
        assertEquals(List.of("look"), ran.summary().policies().getFirst().warnings());
        assertEquals(run(policy).log(), ran.log(), "the same run gives the same lines");
    }

    /** The line of the policy where the hook begins. */
    private static String at(Policy policy, Hook hook) {
        List<String> lines = policy.source().lines().toList();
        for (int i = 0; i < lines.size(); i++)
            if (lines.get(i).contains(hook.in(policy.language()) + "("))
                return "\",\"at\":\"%s:%d".formatted(policy.file(), i + 1);
        throw new AssertionError(hook);
    }

    /** Where an element stands is the format's matter. */
    private static String offset(SampleRuns.Ran ran, int line) {
        String entry = ran.log().get(line);
        int at = entry.indexOf("\"offset\":") + 9;
        return entry.substring(at, entry.indexOf(',', at));
    }

    @Test
    void logIsWrittenLineByLine() throws IOException {
        var writer = new StringWriter();
        Policy policy =
                policy(Language.JAVASCRIPT, "export function onBegin(ctx) { ctx.log('a\\nb'); }");
        try (PolicyRun run =
                SampleRuns.host()
                        .run(List.of(policy), SampleRuns.CONTEXT, DecisionLog.to(writer))) {
            PolicyTestImage.rewrite(SampleRuns.sample(), run.transform());
        }
        assertEquals(3, writer.toString().lines().count());
    }

    @ParameterizedTest
    @EnumSource
    void editsOfRegistersNameTheirFeatures(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) {
                                          if (record.type === 'X86_TSC_INFO') {
                                            record.fields.nsec = 12345n;
                                            record.fields.khz += 1;
                                          }
                                          if (record.type === 'X86_MSR_POLICY') record.fields.msrs[0].value = 0xfee00900n;
                                          if (record.type !== 'X86_CPUID_POLICY') return;
                                          record.setFeature('avx2', false);
                                          record.setFeature('smep', true);
                                          record.fields.leaves[1].eax = 7;
                                        }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "X86_TSC_INFO":
                                                record.fields["nsec"] = 12345
                                                record.fields["khz"] += 1
                                            if record.type == "X86_MSR_POLICY": record.fields["msrs"][0]["value"] = 0xfee00900
                                            if record.type != "X86_CPUID_POLICY": return
                                            record.set_feature("avx2", False)
                                            record.set_feature("smep", True)
                                            record.fields["leaves"][1]["eax"] = 7
                                        """)));
        assertTrue(
                ran.logged().contains("\"features\":{\"set\":[\"smep\"],\"cleared\":[\"avx2\"]}"),
                ran::logged);
        var printed = new StringWriter();
        new RunReport(ran.summary()).print(new PrintWriter(printed, true));
        String report = printed.toString();
        assertTrue(report.contains("leaves[2].ebx: 0x20 → 0x80 (clears avx2; sets smep)"), report);
        assertTrue(report.contains("leaves[1].eax: 0x0 → 0x7\n"), "eax of leaf 1 has no features");
        assertTrue(report.contains(".nsec: ") && report.contains(" → 12345\n"), report);
        assertTrue(report.contains(".khz: 2400000 → 2400001"), report);
        assertTrue(report.contains(" → 0xfee00900\n"), report);
    }
}
