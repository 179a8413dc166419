package org.xenimage.script.view;

import static org.xenimage.script.api.MemberType.key;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.grant.GrantAccess;
import org.xenimage.script.grant.GrantResult;
import org.xenimage.script.grant.GrantUse;
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
                            self -> self.kind.headerName())
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
                                    self.use(
                                            new GrantUse.Read(
                                                    self.name, arguments.text("file").orElse(""))))
                    .example(
                            "const hosts = JSON.parse(ctx.grant('inventory').read());",
                            "hosts = ctx.grant('inventory').read().splitlines()")
                    .function(
                            Signature.positional("list", ScriptType.list(STRING)),
                            "The names of the files in the folder.",
                            (self, _) -> self.use(new GrantUse.Listing(self.name)))
                    .example(
                            "for (const name of ctx.grant('notes').list()) ctx.log(name);",
                            "for name in ctx.grant('notes').list(): ctx.log(name)")
                    .function(
                            Signature.positional(
                                    "append",
                                    NOTHING,
                                    CallParameter.required("message", STRING, "the text to log")),
                            "Appends a line to the log: JSON with time, policy, operation, image and message.",
                            (self, arguments) ->
                                    self.use(
                                            new GrantUse.Append(
                                                    self.name,
                                                    Checked.text(
                                                            arguments.get("message"), "message"))))
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
                            (self, arguments) ->
                                    self.use(
                                            new GrantUse.Request(
                                                    self.name,
                                                    arguments.text("path").orElse(""),
                                                    arguments.text("method").orElse("GET"),
                                                    arguments.text("body").orElse(""))))
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
                            (self, arguments) ->
                                    self.use(
                                            new GrantUse.Run(
                                                    self.name, arguments.text("input").orElse(""))))
                    .example(
                            "const result = ctx.grant('notify').run('a message');",
                            "result = ctx.grant('notify').run('a message')")
                    .function(
                            Signature.positional("value", ScriptType.orNull(STRING)),
                            "The value of the variable, if it is set.",
                            (self, _) -> self.use(new GrantUse.Variable(self.name)))
                    .example(
                            "ctx.log(ctx.grant('rack').value() ?? 'no rack');",
                            "ctx.log(ctx.grant('rack').value() or 'no rack')")
                    .build();

    private final String name;
    private final GrantKind kind;
    private final GrantAccess grants;

    private GrantHandle(String name, GrantKind kind, GrantAccess grants) {
        this.name = name;
        this.kind = kind;
        this.grants = grants;
    }

    static Object of(Arguments arguments, GrantAccess grants, Values values, Scope scope) {
        String name = Checked.text(arguments.get("name"), "name");
        return new View<>(GRANT, new GrantHandle(name, grants.kind(name), grants), values, scope);
    }

    private @Nullable Object use(GrantUse use) throws InterruptedException {
        return switch (grants.use(use)) {
            case GrantResult.Nothing _ -> null;
            case GrantResult.Text(String text) -> text;
            case GrantResult.Names(List<String> names) -> {
                ArrayNode list = JsonNodeFactory.instance.arrayNode();
                names.forEach(list::add);
                yield list;
            }
            case GrantResult.Finished(boolean done, int status, String text) ->
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("done", done)
                            .put("status", status)
                            .put(use instanceof GrantUse.Request ? "body" : "output", text);
        };
    }
}
