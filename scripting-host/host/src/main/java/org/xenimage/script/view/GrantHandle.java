package org.xenimage.script.view;

import static org.xenimage.script.api.MemberType.key;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.grant.GrantUses;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.GrantKind;

import java.util.List;

/** A grant of {@code ctx.grant}, as a script sees it. */
final class GrantHandle {
    /** The result of a request. */
    private static final ObjectType ANSWER =
            ObjectType.keys(
                    "HttpAnswer",
                    "The answer to an HTTP request.",
                    key(
                            "done",
                            FLAG,
                            true,
                            "Whether it was sent; in a dry run, only GET and HEAD are."),
                    key("status", NUMBER, true, "The status; redirects are not followed."),
                    key("body", STRING, true, "The body, which must be UTF-8."));

    /** The result of a command. */
    private static final ObjectType RESULT =
            ObjectType.keys(
                    "CommandResult",
                    "The result of a granted command.",
                    key("done", FLAG, true, "Whether it ran; false in a dry run."),
                    key("status", NUMBER, true, "Its exit status."),
                    key("output", STRING, true, "What it printed, which must be UTF-8."));

    static final Members<GrantHandle> GRANT =
            Members.<GrantHandle>of(
                            "Grant",
                            "grant",
                            "Something outside the image that the header wants and a policy set grants.")
                    .setting(
                            new Setting(
                                    "onBegin",
                                    "const grant = ctx.grant('inventory');",
                                    "grant = ctx.grant('inventory')"))
                    .value(
                            "kind",
                            GrantKind.TYPE,
                            "What the grant allows.",
                            self -> self.grant.kind().headerName())
                    .example(
                            "if (grant.kind !== 'read') ctx.veto('no file');",
                            "if grant.kind != 'read': ctx.veto('no file')")
                    .function(
                            Signature.positional(
                                    "read",
                                    STRING,
                                    CallParameter.optional(
                                            "file", STRING, "the name of a file in a folder")),
                            "The text of the file, or of a file in the folder.",
                            (self, arguments) ->
                                    self.grants.read(
                                            self.name,
                                            self.grant,
                                            arguments.text("file").orElse("")))
                    .example(
                            "const hosts = JSON.parse(ctx.grant('inventory').read());",
                            "hosts = ctx.grant('inventory').read().splitlines()")
                    .function(
                            Signature.positional("list", ScriptType.list(STRING)),
                            "The names of the files in the folder.",
                            (self, _) -> self.list())
                    .example(
                            "for (const name of ctx.grant('notes').list()) ctx.log(name);",
                            "for name in ctx.grant('notes').list(): ctx.log(name)")
                    .function(
                            Signature.positional(
                                    "append",
                                    NOTHING,
                                    CallParameter.required("message", STRING, "the text to log")),
                            "Appends a line to the log: JSON with time, policy, operation, image and message.",
                            (self, arguments) -> self.append(arguments))
                    .example(
                            "ctx.grant('audit').append('renamed');",
                            "ctx.grant('audit').append('renamed')")
                    .function(
                            Signature.of(
                                    "request",
                                    new ScriptType.Keyed(ANSWER),
                                    CallParameter.optional(
                                            "path", STRING, "relative to the address of the grant"),
                                    CallParameter.optional("method", STRING, "GET if absent"),
                                    CallParameter.optional("body", STRING, "the request body")),
                            "Sends a request to the host.",
                            GrantHandle::request)
                    .example(
                            "const answer = ctx.grant('cmdb').request({ path: 'hosts' });",
                            "answer = ctx.grant('cmdb').request(path='hosts')")
                    .function(
                            Signature.positional(
                                    "run",
                                    new ScriptType.Keyed(RESULT),
                                    CallParameter.optional(
                                            "input", STRING, "text for its standard input")),
                            "Runs the command with the arguments that the policy set defines.",
                            GrantHandle::run)
                    .example(
                            "const result = ctx.grant('notify').run('a message');",
                            "result = ctx.grant('notify').run('a message')")
                    .function(
                            Signature.positional("value", ScriptType.orNull(STRING)),
                            "The value of the variable, if it is set.",
                            (self, _) -> self.grants.value(self.name, self.grant).orElse(null))
                    .example(
                            "ctx.log(ctx.grant('rack').value() ?? 'no rack');",
                            "ctx.log(ctx.grant('rack').value() or 'no rack')")
                    .build();

    private final String name;
    private final Grant grant;
    private final GrantUses grants;

    private GrantHandle(String name, Grant grant, GrantUses grants) {
        this.name = name;
        this.grant = grant;
        this.grants = grants;
    }

    static Object of(Arguments arguments, GrantUses grants, Values values, Scope scope) {
        String name = Checked.text(arguments.get("name"), "name");
        return new View<>(GRANT, new GrantHandle(name, grants.find(name), grants), values, scope);
    }

    private ArrayNode list() throws InterruptedException {
        List<String> names = grants.list(name, grant);
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        names.forEach(list::add);
        return list;
    }

    private @Nullable Object append(Arguments arguments) throws InterruptedException {
        grants.append(name, grant, Checked.text(arguments.get("message"), "message"));
        return null;
    }

    private ObjectNode request(Arguments arguments) throws InterruptedException {
        GrantUses.Outcome made =
                grants.request(
                        name,
                        grant,
                        arguments.text("path").orElse(""),
                        arguments.text("method").orElse("GET"),
                        arguments.text("body").orElse(""));
        return tree(made, "body");
    }

    private ObjectNode run(Arguments arguments) throws InterruptedException {
        return tree(grants.run(name, grant, arguments.text("input").orElse("")), "output");
    }

    private static ObjectNode tree(GrantUses.Outcome made, String text) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("done", made.done())
                .put("status", made.status())
                .put(text, made.text());
    }
}
