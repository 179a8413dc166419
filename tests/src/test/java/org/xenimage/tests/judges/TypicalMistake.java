package org.xenimage.tests.judges;

import java.util.List;

/**
 * A mistake that people make when they write policies, in both languages.
 *
 * @param name of the policy that has it, a module's in both languages
 * @param javaScript a whole policy
 * @param python a whole policy
 * @param javaScriptAdvice what the host's message says to write instead
 * @param pythonAdvice the same
 */
record TypicalMistake(
        String name,
        String javaScript,
        String python,
        String javaScriptAdvice,
        String pythonAdvice) {

    private static final List<TypicalMistake> ALL =
            List.of(
                    new TypicalMistake(
                            "misspelt_hook",
                            PolicySource.javaScript(
                                    "onConfig", "onConfg", List.of("config.nics = [];")),
                            PolicySource.python(
                                    "onConfig", "onConfg", List.of("config['nics'] = []")),
                            "did you mean onConfig",
                            "did you mean on_config"),
                    inHook(
                            "misspelt_member",
                            "onBegin",
                            "ctx.log(ctx.imgae.name);",
                            "ctx.log(ctx.imgae.name)",
                            "did you mean image?"),
                    inHook(
                            "misspelt_field",
                            "onRecord",
                            "if (record.type === 'X86_TSC_INFO') record.fields.kzh = 1;",
                            "if record.type == 'X86_TSC_INFO': record.fields['kzh'] = 1",
                            "did you mean khz?"),
                    inHook(
                            "misspelt_record_type",
                            "onRecord",
                            "if (record.type === 'X86_TSC_INF') record.drop();",
                            "if record.type == 'X86_TSC_INF': record.drop()",
                            "did you mean X86_TSC_INFO?"),
                    inHook(
                            "field_of_another_record",
                            "onRecord",
                            "if (record.type === 'HVM_PARAMS') record.fields.khz = 1;",
                            "if record.type == 'HVM_PARAMS': record.fields['khz'] = 1",
                            "khz: expected one of reserved, param, found no field of the record"),
                    inHook(
                            "number_and_bigint",
                            "onRecord",
                            "if (record.type === 'X86_TSC_INFO') record.fields.nsec += 1;",
                            "if record.type == 'X86_TSC_INFO': record.fields['nsec'] += '1'",
                            "write 1n for 1",
                            "'int' and 'str'"),
                    inHook(
                            "string_for_a_number",
                            "onRecord",
                            "if (record.type === 'X86_TSC_INFO') record.fields.khz = '2400000';",
                            "if record.type == 'X86_TSC_INFO': record.fields['khz'] = '2400000'",
                            "khz: expected 32-bit integer, found"),
                    inHeader("missing_api", "name: 'mine'", "'name': 'mine'", "expected api: 1"),
                    inHeader(
                            "misspelt_key",
                            "api: 1, onErorr: 'skip'",
                            "'api': 1, 'onErorr': 'skip'",
                            "did you mean onError?"),
                    inHeader(
                            "unknown_operation",
                            "api: 1, on: ['sav']",
                            "'api': 1, 'on': ['sav']",
                            "did you mean save?"),
                    inHeader(
                            "misspelt_key_of_a_parameter",
                            "api: 1, params: { to: { defualt: 'web2' } }",
                            "'api': 1, 'params': {'to': {'defualt': 'web2'}}",
                            "did you mean default?"),
                    inHook(
                            "misspelt_option",
                            "onBegin",
                            "ctx.pages.scrub({ txt: 'SECRET=' });",
                            "ctx.pages.scrub(txt='SECRET=')",
                            "did you mean text?"),
                    inHook(
                            "unknown_method",
                            "onPages",
                            "batch.page(0).u63(0);",
                            "batch.page(0).u63(0)",
                            "did you mean u64?"),
                    inHook(
                            "read_only_member",
                            "onPages",
                            "batch.count = 3;",
                            "batch.count = 3",
                            "batch.count cannot be set"),
                    inHook(
                            "string_for_an_offset",
                            "onPages",
                            "batch.page(0).u32('0');",
                            "batch.page(0).u32('0')",
                            "expected an integer from 0 to 4092, found \"0\""),
                    inHook(
                            "unknown_page_type",
                            "onPages",
                            "batch.select({ types: 'NOTABS' });",
                            "batch.select(types='NOTABS')",
                            "did you mean NOTAB?"),
                    inHook(
                            "member_of_the_other_language",
                            "onPages",
                            "ctx.log(batch.page(0).has_data);",
                            "ctx.log(batch.page(0).hasData)",
                            "did you mean hasData?",
                            "did you mean has_data?"));

    static List<TypicalMistake> all() {
        return ALL;
    }

    private static TypicalMistake inHook(
            String name, String hook, String javaScript, String python, String... advice) {
        return new TypicalMistake(
                name,
                PolicySource.javaScript(hook, hook, List.of(javaScript)),
                PolicySource.python(hook, hook, List.of(python)),
                advice[0],
                advice[advice.length - 1]);
    }

    private static TypicalMistake inHeader(
            String name, String javaScript, String python, String advice) {
        return new TypicalMistake(
                name,
                "/** @type {import('./xenimage').Policy} */\nexport const policy = {%s};\n"
                        .formatted(javaScript),
                "POLICY: \"Policy\" = {%s}\n".formatted(python),
                advice,
                advice);
    }
}
