package org.xenimage.tests.judges;

import org.xenimage.script.ImplementedApi;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.PolicyApi;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Spelling;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Policies of one hook, whose types are said. */
final class PolicySource {
    static final PolicyApi API = ImplementedApi.current();

    private PolicySource() {}

    static String type(String hook) {
        return hook.substring(0, 1).toUpperCase(Locale.ROOT) + hook.substring(1);
    }

    private static List<CallParameter> parameters(String hook) {
        return API.hooks().stream()
                .filter(one -> one.name().equals(hook))
                .findFirst()
                .orElseThrow()
                .parameters();
    }

    static String javaScript(String hook, String name, List<String> statements) {
        return """
        /** @import { Policy, %s } from './xenimage' */

        /** @type {Policy} */
        export const policy = { api: 1 };

        /** @type {%s} */
        export function %s(%s) {
        %s}
        """
                .formatted(
                        type(hook),
                        type(hook),
                        name,
                        parameters(hook).stream()
                                .map(CallParameter::name)
                                .collect(Collectors.joining(", ")),
                        statements.stream()
                                .map("  (() => { %s })();\n"::formatted)
                                .collect(Collectors.joining()));
    }

    static String python(String hook, String name, List<String> statements) {
        var body = new StringBuilder();
        for (int i = 0; i < statements.size(); i++)
            body.append(
                    "\n    def part%d():\n        %s\n\n    part%d()\n"
                            .formatted(i, statements.get(i).replace("\n", "\n        "), i));
        return "POLICY: \"Policy\" = {\"api\": 1}\n\n\ndef %s(%s):%s"
                .formatted(
                        Spelling.snake(name),
                        parameters(hook).stream()
                                .map(one ->
                                        "%s: \"%s\""
                                                .formatted(
                                                        one.name(),
                                                        ((ScriptType.Ref) one.type()).name()))
                                .collect(Collectors.joining(", ")),
                        body);
    }
}
