package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.ANY;
import static org.xenimage.script.api.ScriptType.Plain.BYTES_LIKE;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.NEVER;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.image.rewrite.Downgrade;
import org.xenimage.image.section.SectionLayout;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.grant.GrantAccess;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code ctx}: the run, as one policy sees it. It is valid during the whole run, except where
 * noted.
 */
public final class RunView {
    static final Members<RunView> CTX =
            Members.<RunView>of("Context", "ctx", "The run, as one policy sees it.")
                    .setting(Setting.in("onBegin"))
                    .value(
                            "operation",
                            Operation.TYPE,
                            "What is being done.",
                            self -> self.run.operation().policyName())
                    .example(
                            "if (ctx.operation === 'restore') return;",
                            "if ctx.operation == 'restore': return")
                    .value(
                            "image",
                            new ScriptType.Ref("ImageFacts"),
                            "What is known of the image before its records are read.",
                            self -> self.image)
                    .example(
                            "ctx.log(`${ctx.image.guest} guest`);",
                            "ctx.log(f'{ctx.image.guest} guest')")
                    .value(
                            "site",
                            new ScriptType.MapOf(JSON),
                            "The site file of --site, read-only.",
                            RunView::site)
                    .example(
                            "const bridges = ctx.site.bridges ?? {};",
                            "bridges = ctx.site.get('bridges', {})")
                    .value(
                            "params",
                            new ScriptType.MapOf(JSON),
                            "The policy's parameters: what --set says, else the defaults of the header.",
                            RunView::params)
                    .example("const { length } = ctx.params;", "length = ctx.params.get('length')")
                    .value(
                            "operator",
                            STRING,
                            "Who runs the operation.",
                            self -> self.run.operator())
                    .example(
                            "ctx.log(`run by ${ctx.operator}`);",
                            "ctx.log(f'run by {ctx.operator}')")
                    .value(
                            "now",
                            STRING,
                            "When the run began, in ISO 8601: the only clock a policy sees.",
                            self -> self.run.now().toString())
                    .example("const day = ctx.now.slice(0, 10);", "day = ctx.now[:10]")
                    .value(
                            "pages",
                            new ScriptType.Ref("PageRules"),
                            "Declares rules that run over all pages at the speed of Java; in onBegin only.",
                            self -> self.pages)
                    .example(
                            "ctx.pages.scrub({ text: 'SECRET=', length: 64 });",
                            "ctx.pages.scrub(text='SECRET=', length=64)")
                    .function(
                            Signature.positional(
                                    "log",
                                    NOTHING,
                                    CallParameter.required("message", ANY, "what to say")),
                            "Writes a line to the decision log.",
                            (self, arguments) -> self.say(false, arguments))
                    .example("ctx.log('nothing to do');", "ctx.log('nothing to do')")
                    .function(
                            Signature.positional(
                                    "warn",
                                    NOTHING,
                                    CallParameter.required("message", ANY, "what to say")),
                            "Writes a warning to the decision log and the report.",
                            (self, arguments) -> self.say(true, arguments))
                    .example("ctx.warn('no bridge is set');", "ctx.warn('no bridge is set')")
                    .function(
                            Signature.positional(
                                    "onFailure",
                                    NOTHING,
                                    CallParameter.required(
                                            "undo",
                                            new ScriptType.FunctionOf(
                                                    "error", new ScriptType.Ref("Failure")),
                                            "called once, with what failed")),
                            "Registers an undo for a side effect; if the run fails later, the last is called first.",
                            (self, arguments) -> self.onFailure(arguments))
                    .example(
                            "ctx.onFailure((error) => ctx.log(`undone: ${error.message}`));",
                            "ctx.on_failure(lambda error: ctx.log(f\"undone: {error['message']}\"))")
                    .function(
                            Signature.positional(
                                    "grant",
                                    new ScriptType.Ref("Grant"),
                                    CallParameter.required("name", STRING, "its name in wants")),
                            "Something outside the image that a policy set grants this policy.",
                            (self, arguments) ->
                                    GrantHandle.of(
                                            arguments, self.grants, self.values, self.duration))
                    .example(
                            "const text = ctx.grant('inventory').read();",
                            "text = ctx.grant('inventory').read()")
                    .function(
                            Signature.positional(
                                    "addSection",
                                    NOTHING,
                                    CallParameter.required(
                                            "name",
                                            STRING,
                                            "a namespace of the site, a dot and a name"),
                                    CallParameter.required(
                                            "type", STRING, "of the content, such as text/plain"),
                                    CallParameter.required(
                                            "content",
                                            ScriptType.oneOf(
                                                    BYTES_LIKE, new ScriptType.MapOf(JSON)),
                                            "the content, or its fields by the schema of the section"),
                                    CallParameter.optional(
                                            "mandatory",
                                            FLAG,
                                            "whether a reader that does not know it must refuse the image")),
                            "Adds a site section to the image that is written, which must be a native one.",
                            (self, arguments) -> self.addSection(arguments))
                    .example(
                            "ctx.addSection('example.note', 'text/plain', `saved by ${ctx.operator}`);",
                            "ctx.add_section('example.note', 'text/plain', f'saved by {ctx.operator}')")
                    .function(
                            Signature.positional(
                                    "downgrade",
                                    NOTHING,
                                    CallParameter.required(
                                            "version",
                                            new ScriptType.Exactly(2),
                                            "of the libxc stream")),
                            "Writes the image as Xen before 4.14 reads it; in onBegin only.",
                            (self, arguments) -> self.downgrade(arguments))
                    .example("ctx.downgrade(2);", "ctx.downgrade(2)")
                    .function(
                            Signature.positional(
                                    "veto",
                                    NEVER,
                                    CallParameter.optional(
                                            "reason", STRING, "why, for the report")),
                            "Refuses the run: nothing is written, and a guest stays where it is.",
                            (self, arguments) -> self.veto(arguments))
                    .example(
                            "if (ctx.image.guest === 'pv') ctx.veto('PV guests stay here');",
                            "if ctx.image.guest == 'pv': ctx.veto('PV guests stay here')")
                    .build();

    static final Members<ImageFacts> IMAGE =
            Members.<ImageFacts>of(
                            "ImageFacts",
                            "ctx.image",
                            "What is known of the image before its records are read.")
                    .setting(Setting.in("onBegin"))
                    .value("format", STRING, "xl, libxl or libxc.", ImageFacts::format)
                    .example(
                            "const framed = ctx.image.format === 'xl';",
                            "framed = ctx.image.format == 'xl'")
                    .value(
                            "guest",
                            ScriptType.orNull(HeaderKeys.GUEST),
                            "The type of guest.",
                            self -> self.guest().isEmpty() ? null : self.guest())
                    .example(
                            "if (ctx.image.guest !== 'pvh') return;",
                            "if ctx.image.guest != 'pvh': return")
                    .value(
                            "xen",
                            ScriptType.orNull(STRING),
                            "The version of Xen that saved the image, such as 4.17.",
                            self -> self.xen().isEmpty() ? null : self.xen())
                    .example(
                            "ctx.log(`from Xen ${ctx.image.xen}`);",
                            "ctx.log(f'from Xen {ctx.image.xen}')")
                    .value(
                            "libxcVersion",
                            ScriptType.orNull(NUMBER),
                            "The version of the libxc stream: 2, or 3 since Xen 4.14.",
                            self -> self.libxcVersion() == 0 ? null : self.libxcVersion())
                    .example(
                            "const old = (ctx.image.libxcVersion ?? 0) < 3;",
                            "old = (ctx.image.libxc_version or 0) < 3")
                    .value("pageSize", NUMBER, "The size of a page in bytes.", ImageFacts::pageSize)
                    .example("const size = ctx.image.pageSize;", "size = ctx.image.page_size")
                    .value(
                            "name",
                            ScriptType.orNull(STRING),
                            "The name of the domain.",
                            self -> self.name().orElse(null))
                    .example(
                            "if (ctx.image.name?.startsWith('web-')) ctx.log('a web server');",
                            "if ctx.image.name and ctx.image.name.startswith('web-'): ctx.log('a web server')")
                    .value(
                            "uuid",
                            ScriptType.orNull(STRING),
                            "The UUID of the domain, in lowercase.",
                            self -> self.uuid().orElse(null))
                    .example(
                            "ctx.log(ctx.image.uuid ?? 'no UUID');",
                            "ctx.log(ctx.image.uuid or 'no UUID')")
                    .build();

    static final Members<RunView> PAGES =
            Members.<RunView>of(
                            "PageRules",
                            "ctx.pages",
                            "Declares rules in onBegin; they run over every page in Java, without calls of the script.")
                    .setting(Setting.in("onBegin"))
                    .function(
                            Patterns.declaring(Patterns.SCRUB_RULE),
                            "Overwrites what one of text, hex, bytes or regex finds, in every page.",
                            (self, arguments) -> self.declare(arguments, Patterns.scrub(arguments)))
                    .example(
                            "ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49, across: 'virtual' });",
                            "ctx.pages.scrub(text='SECRET-API-TOKEN=', length=49, across='virtual')")
                    .function(
                            Patterns.declaring(Patterns.REPLACE),
                            "Replaces one pattern by another of the same length, in every page.",
                            (self, arguments) ->
                                    self.declare(arguments, Patterns.replace(arguments)))
                    .example(
                            "ctx.pages.replace({ text: 'web1', by: 'web2' });",
                            "ctx.pages.replace(text='web1', by='web2')")
                    .function(
                            Patterns.declaring(Patterns.ZERO),
                            "Fills whole pages with zeros, by their types and PFNs.",
                            (self, arguments) -> self.declare(arguments, Patterns.zero(arguments)))
                    .example(
                            "ctx.pages.zero({ pfnFrom: 0x100, pfnTo: 0x102 });",
                            "ctx.pages.zero(pfn_from=0x100, pfn_to=0x102)")
                    .function(
                            Patterns.ZERO_FREE,
                            "Fills the pages with zeros that the guest's Linux kernel says are free.",
                            (self, arguments) ->
                                    self.declare(arguments, Patterns.zeroFree(arguments)))
                    .example(
                            "ctx.pages.zeroFree({ required: false });",
                            "ctx.pages.zero_free(required=False)")
                    .build();

    /** Takes what a policy says. */
    @FunctionalInterface
    public interface Speech {
        /**
         * Takes a message.
         *
         * @param warning whether it is a warning
         * @param message as the policy gave it
         */
        void accept(boolean warning, String message);
    }

    /** Takes the sections that a policy adds. */
    @FunctionalInterface
    public interface Additions {
        /**
         * Takes a section.
         *
         * @param section that the policy adds
         * @throws IOException if the sections of the image cannot be read
         * @throws org.xenimage.script.engine.ScriptRefusal if it cannot be added
         */
        void add(SiteSection section) throws IOException;
    }

    private final RunContext run;
    private final Values values;
    private final ObjectNode parameters;
    private final Begin begin;
    private final GrantAccess grants;
    private final Scope duration;
    private final UndoFunctions undo;
    private final Additions additions;
    private final SectionRegistry known;
    private final Speech speech;
    private final View<ImageFacts> image;
    private final View<RunView> pages;
    private final View<RunView> view;
    private final Set<String> warned = new HashSet<>();
    private @Nullable Object site;
    private @Nullable Object params;

    /**
     * A view of a run.
     *
     * @param run what it is about
     * @param image the facts about the image
     * @param values bridge to the script that uses it
     * @param parameters of the policy, complete
     * @param begin takes what the policy declares
     * @param grants what the policy is given
     * @param undo takes the functions that undo what the policy did
     * @param known what is known of the fields of sections
     * @param additions takes the sections that the policy adds
     * @param speech takes what the policy says
     */
    public RunView(
            RunContext run,
            ImageFacts image,
            Values values,
            ObjectNode parameters,
            Begin begin,
            GrantAccess grants,
            UndoFunctions undo,
            SectionRegistry known,
            Additions additions,
            Speech speech) {
        this.additions = additions;
        this.known = known;
        this.run = run;
        this.values = values;
        this.parameters = parameters;
        this.begin = begin;
        this.grants = grants;
        this.undo = undo;
        this.speech = speech;
        this.duration = new Scope("the run");
        this.image = new View<>(IMAGE, image, values, duration);
        this.pages = new View<>(PAGES, this, values, duration);
        this.view = new View<>(CTX, this, values, duration);
    }

    /** {@return what the script is given} */
    public Object value() {
        return view;
    }

    private Object site() {
        if (site == null) site = values.watched(run.site().deepCopy(), this::absent);
        return site;
    }

    /** A parameter that is missing, though the header declares one like it. */
    private void undeclared(String name) {
        List<String> names = new ArrayList<>();
        parameters.fieldNames().forEachRemaining(names::add);
        if (names.contains(name)) return;
        Nearest.slip(name, names)
                .ifPresent(like -> {
                    throw new ScriptRefusal(
                            "ctx.params has no " + name + "; did you mean " + like + "?");
                });
    }

    /**
     * A key of the site's configuration that is missing, though one like it is, may be misspelt in
     * either place.
     */
    private void absent(String key) {
        List<String> keys = new ArrayList<>();
        run.site().fieldNames().forEachRemaining(keys::add);
        Nearest.slip(key, keys)
                .ifPresent(like -> {
                    throw new ScriptRefusal(
                            "ctx.site has no " + key + "; did you mean " + like + "?");
                });
        Nearest.of(key, keys)
                .filter(_ -> warned.add(key))
                .ifPresent(like ->
                        speech.accept(
                                true, "ctx.site has no " + key + "; did you mean " + like + "?"));
    }

    private Object params() {
        if (params == null) params = values.watched(parameters, this::undeclared);
        return params;
    }

    private @Nullable Object say(boolean warning, Arguments arguments) {
        Value message = arguments.get("message");
        speech.accept(
                warning,
                message.isString() ? Checked.text(message, "message") : String.valueOf(message));
        return null;
    }

    private @Nullable Object onFailure(Arguments arguments) {
        if (!undo.open())
            throw arguments.refusal(
                    "is not allowed here; the run has failed, and nothing is undone after this");
        Value function = arguments.get("undo");
        String unfit = values.unfitCallback(function);
        if (!unfit.isEmpty()) throw arguments.refusal("takes an ordinary function, found " + unfit);
        undo.add(function);
        return null;
    }

    private @Nullable Object addSection(Arguments arguments) throws IOException {
        String name = arguments.text("name").orElseThrow(() -> arguments.refusal("needs a name"));
        String type = arguments.text("type").orElseThrow(() -> arguments.refusal("needs a type"));
        boolean mandatory = arguments.flag("mandatory").orElse(false);
        Value content = arguments.get("content");
        SiteSection empty = SectionHandle.made(name, type, mandatory, MemorySegment.NULL);
        Optional<SectionLayout> layout = known.layout(empty.head());
        MemorySegment bytes =
                layout.isPresent() && !values.isBytes(content)
                        ? SectionHandle.encoded(
                                layout.get(), values.tree(content, "content"), "content")
                        : MemorySegment.ofArray(values.bytes(content, "content"));
        additions.add(SectionHandle.made(name, type, mandatory, bytes));
        return null;
    }

    private @Nullable Object downgrade(Arguments arguments) {
        requireDeclaring(arguments, "call it", "");
        arguments.integer("version", Downgrade.VERSION, Downgrade.VERSION);
        begin.declareDowngrade();
        return null;
    }

    private Object veto(Arguments arguments) throws Veto {
        throw new Veto(arguments.text("reason").orElse("no reason given"));
    }

    private @Nullable Object declare(Arguments arguments, org.xenimage.image.page.PageRule rule) {
        requireDeclaring(
                arguments,
                "declare page rules",
                "; in " + values.spell("onPages") + " use the batch");
        begin.add(rule);
        return null;
    }

    private void requireDeclaring(Arguments arguments, String what, String otherwise) {
        if (!begin.declaring())
            throw arguments.refusal(
                    "is not allowed here; " + what + " in " + values.spell("onBegin") + otherwise);
    }
}
