package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.script.policy.Language;

import java.io.IOException;

/** A name that a policy misspells is an error that says what was meant, never a hook that does nothing. */
class MisspeltNameTest {
    private static String failure(Language language, String javaScript, String python)
            throws IOException {
        var context =
                SampleRuns.CONTEXT.withSite(
                        JsonNodeFactory.instance.objectNode().put("bridges", "xenbr1"));
        var tested = policy(language, pick(language, javaScript, python));
        return String.valueOf(
                assertThrows(ImageException.class, () -> SampleRuns.run(context, tested))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "X86_TSC_INF, X86_TSC_INFO",
        "HVM_PARMAS, HVM_PARAMS",
        "hvm_params, ''",
        "LIBXC_CONTXT, LIBXC_CONTEXT",
        "X86_PV_INFO2, ''"
    })
    void recordType(String written, String meant) throws IOException {
        for (Language language : Language.values()) {
            var tested =
                    policy(
                            language,
                            pick(
                                            language,
                                            "export function onRecord(r, ctx) { if (r.type === '%s') ctx.veto('no'); }",
                                            "def on_record(r, ctx):\n    if r.type == '%s': ctx.veto('no')")
                                    .formatted(written));
            if (meant.isEmpty()) {
                assertEquals(0, SampleRuns.run(tested).summary().edits());
                continue;
            }
            String run =
                    String.valueOf(
                            assertThrows(ImageException.class, () -> SampleRuns.run(tested))
                                    .getMessage());
            String check =
                    String.valueOf(
                            assertThrows(
                                            ImageException.class,
                                            () -> SampleRuns.host().check(tested))
                                    .getMessage());
            for (String message : new String[] {run, check}) {
                assertTrue(message.contains("did you mean " + meant + "?"), message);
                assertTrue(message.contains("tested" + language.suffix() + ":"), message);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void keyOfTheConfig(Language language) throws IOException {
        String message =
                failure(
                        language,
                        "export function onConfig(config, ctx) { config.c_info.nmae = 'web2'; }",
                        "def on_config(config, ctx): config['c_info']['nmae'] = 'web2'");
        assertTrue(message.contains("config has no key c_info.nmae; did you mean name?"), message);
    }

    @ParameterizedTest
    @EnumSource
    void aKeyThatNoSlipMakesOfAnotherIsAdded(Language language) throws IOException {
        SampleRuns.run(
                policy(
                        language,
                        pick(
                                language,
                                """
                                export function onConfig(config, ctx) {
                                  config.c_info.xsdata = { 'vm-data/nome': '1' };
                                  config.c_info.pool_name = 'a';
                                }
                                """,
                                """
                                def on_config(config, ctx):
                                    config['c_info']['xsdata'] = { 'vm-data/nome': '1' }
                                    config['c_info']['pool_name'] = 'a'
                                """)));
    }

    @ParameterizedTest
    @EnumSource
    void keyOfTheSite(Language language) throws IOException {
        String message =
                failure(
                        language,
                        "export function onBegin(ctx) { ctx.log(String(ctx.site.brigdes)); }",
                        "def on_begin(ctx): ctx.log(str(ctx.site.get('brigdes')))");
        assertTrue(message.contains("ctx.site has no brigdes; did you mean bridges?"), message);
    }

    @ParameterizedTest
    @EnumSource
    void memberOfEachObject(Language language) throws IOException {
        String[][] all = {
            {"onBegin(ctx) { ctx.opertor; }", "on_begin(ctx): ctx.opertor", "ctx", "operator"},
            {"onBegin(ctx) { ctx.image.gest; }", "on_begin(ctx): ctx.image.gest", "image", "guest"},
            {
                "onBegin(ctx) { ctx.pages.srcub; }",
                "on_begin(ctx): ctx.pages.srcub",
                "pages",
                "scrub"
            },
            {
                "onRecord(record, ctx) { record.fieds; }",
                "on_record(record, ctx): record.fieds",
                "record",
                "fields"
            },
            {
                "onPages(batch, ctx) { batch.cuont; }",
                "on_pages(batch, ctx): batch.cuont",
                "batch",
                "count"
            }
        };
        for (String[] one : all) {
            String message = failure(language, "export function " + one[0], "def " + one[1]);
            assertTrue(
                    message.contains(one[2] + " has no ")
                            && message.contains("did you mean " + one[3] + "?"),
                    message);
        }
    }
}
