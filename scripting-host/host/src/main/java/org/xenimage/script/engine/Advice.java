package org.xenimage.script.engine;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What to write instead of what an engine complains about. Engines say what is wrong in the words of their language;
 * they cannot know what a policy has in the place of files, requests, classes and other modules.
 *
 * @param message that it is about
 * @param instead what is added to it; {@code $1} stands for the first group of the message
 */
record Advice(Pattern message, String instead) {
    private static final String GRANT = "ask for a grant in the header: wants: { NAME: 'KIND' }";

    static final List<Advice> JAVASCRIPT =
            List.of(
                    of(
                            "^TypeError: Cannot (?:mix BigInt|convert a BigInt value to a number).*",
                            ": a field of 64 bits is a BigInt; write 1n for 1, BigInt(n) for n"),
                    of(
                            "Do not know how to serialize a BigInt",
                            "; write JSON.stringify(value, (key, item) => typeof item === 'bigint' ? "
                                    + "String(item) : item)"),
                    of(
                            "^ReferenceError: (?:require|module|exports) is not defined",
                            "; a policy is an ECMAScript module: write import { name } from './lib/file.js' and "
                                    + "export function onConfig"),
                    of(
                            "^ReferenceError: (?:process|Deno|Bun|Java|os|fs) is not defined",
                            "; a policy has no environment, files or processes: declare a parameter in params, or "
                                    + GRANT),
                    of(
                            "^ReferenceError: (?:fetch|XMLHttpRequest|WebSocket) is not defined",
                            "; a policy has no network: " + GRANT),
                    of(
                            "^ReferenceError: (?:setTimeout|setInterval|setImmediate) is not defined",
                            "; a hook does everything before it returns: call the function itself"),
                    of(
                            "^ReferenceError: (?:None|True|False|self) is not defined",
                            "; JavaScript has true, false and this, and undefined for None"),
                    of(
                            "^ReferenceError: (ctx|config|meta|record|batch|section|summary|error) is not defined",
                            "; a hook is given it: write it as a parameter, as in export function "
                                    + "onConfig(config, ctx)"),
                    of(
                            "^ReferenceError: (\\S+) is not defined",
                            "; declare it with const, or import it; the name of a record is a text, such as "
                                    + "'X86_TSC_INFO'"),
                    of(
                            "^TypeError: Cannot (?:read|set) property '([^']+)' of (?:undefined|null)",
                            "; what is before .$1 does not exist: check its spelling, or write ?.$1; a key with "
                                    + "a dot is written ['a.b']"),
                    of(
                            "^TypeError: ctx\\.\\w+ is not a function",
                            "; ctx is the last parameter of a hook: export function onConfig(config, ctx)"),
                    of(
                            "^TypeError: (\\w+)\\.(?:get|set|has|delete) is not a function",
                            "; it is a plain object: write $1['key'], $1['key'] = value, delete $1['key']"),
                    of(
                            "^TypeError: Cannot add property \"\\w+\" to non-object",
                            "; for … in gives keys: write for (const item of list)"),
                    of(
                            "a function of the host: Message not supported",
                            " It is a function: call it, as in page.bytes(0, 16)"),
                    of(
                            "found await\\b",
                            "; a hook is an ordinary function, and what it calls needs no await"));

    static final List<Advice> PYTHON =
            List.of(
                    of(
                            "^AttributeError: 'dict' object has no attribute '(\\w+)'$",
                            "; write ['$1']"),
                    of(
                            "^KeyError: ('[^']*')$",
                            "; there is no such key: check its spelling, or write .get($1)"),
                    of(
                            "^NameError: name '(?:true|false|null|undefined|this)' is not defined",
                            "; Python has True, False, None and no this"),
                    of(
                            "^NameError: name 'console' is not defined",
                            "; write print('…') or ctx.log('…')"),
                    of(
                            "^NameError: name '(ctx|config|meta|record|batch|section|summary|error)' is not defined",
                            "; a hook is given it: write it as a parameter, as in def on_config(config, ctx)"),
                    of(
                            "^NameError: name '\\w+' is not defined",
                            "; assign it or import it first; the name of a record is a text, such as 'X86_TSC_INFO'"),
                    of(
                            "^ModuleNotFoundError: No module named 'xenimage'$",
                            "; types are for editors only: write \"Context\" in quotes, without an import"),
                    of(
                            "^ModuleNotFoundError: No module named '([\\w.]+)'$",
                            "; a policy imports the standard library, xenimage.…, and files beside it: from "
                                    + "lib.redact import redact is lib/redact.py"),
                    of(
                            "^ImportError: a policy cannot import \\S+$",
                            "; a policy has no network, processes or native code: "
                                    + GRANT.replace("wants:", "\"wants\":")),
                    of(
                            "^PermissionError: .*a policy has no files, processes",
                            "; declare a parameter in the header, or "
                                    + GRANT.replace("wants:", "\"wants\":")),
                    of(
                            "object is not (?:iterable|subscriptable)$|has no len\\(\\)$",
                            "; an object of the host has only named members: write batch.page(i) for i in "
                                    + "range(batch.count); ctx is the last parameter of a hook"),
                    of("^a policy has no files: ", "; " + GRANT.replace("wants:", "\"wants\":")),
                    of(
                            "^a policy has no input",
                            ": declare a parameter in the header, \"params\": {\"NAME\": {}}"));

    private static Advice of(String message, String instead) {
        return new Advice(Pattern.compile(message), instead);
    }

    /** A message, and what the first advice that is about it adds. */
    static String added(String message, List<Advice> known) {
        for (Advice advice : known) {
            Matcher about = advice.message.matcher(message);
            if (!about.find()) continue;
            String first = about.groupCount() == 0 ? "" : String.valueOf(about.group(1));
            return message + advice.instead.replace("$1", first);
        }
        return message;
    }
}
