package org.xenimage.script.view;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Script;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.RunContext;

import java.util.function.BiConsumer;

/** {@code ctx}: the run, as one policy sees it. It is good during the whole run, but for what it says otherwise. */
public final class RunView {
    private static final Members<RunView> CTX =
            Members.<RunView>of("ctx")
                    .value("operation", self -> self.run.operation().policyName())
                    .value("image", self -> self.image)
                    .value("site", RunView::site)
                    .value("params", RunView::params)
                    .value("operator", self -> self.run.operator())
                    .value("now", self -> self.run.now().toString())
                    .value("pages", self -> self.pages)
                    .function(
                            Signature.positional("log", "message"),
                            (self, arguments) -> self.say("log", arguments))
                    .function(
                            Signature.positional("warn", "message"),
                            (self, arguments) -> self.say("warn", arguments))
                    .function(
                            Signature.positional("veto", "reason"),
                            (self, arguments) -> self.veto(arguments))
                    .build();

    private static final Members<ImageFacts> IMAGE =
            Members.<ImageFacts>of("ctx.image")
                    .value("format", ImageFacts::format)
                    .value("guest", self -> self.guest().isEmpty() ? null : self.guest())
                    .value("xen", self -> self.xen().isEmpty() ? null : self.xen())
                    .value(
                            "libxcVersion",
                            self -> self.libxcVersion() == 0 ? null : self.libxcVersion())
                    .value("pageSize", ImageFacts::pageSize)
                    .value("name", self -> self.name().orElse(null))
                    .value("uuid", self -> self.uuid().orElse(null))
                    .build();

    private static final Members<RunView> PAGES =
            Members.<RunView>of("ctx.pages")
                    .function(
                            Patterns.SCRUB,
                            (self, arguments) -> self.declare(arguments, Patterns.scrub(arguments)))
                    .function(
                            Patterns.REPLACE,
                            (self, arguments) ->
                                    self.declare(arguments, Patterns.replace(arguments)))
                    .function(
                            Patterns.ZERO,
                            (self, arguments) -> self.declare(arguments, Patterns.zero(arguments)))
                    .build();

    private final RunContext run;
    private final Script script;
    private final ObjectNode parameters;
    private final Begin begin;
    private final BiConsumer<String, String> speech;
    private final View<ImageFacts> image;
    private final View<RunView> pages;
    private final View<RunView> view;
    private @Nullable Object site;
    private @Nullable Object params;

    /**
     * A view of a run.
     *
     * @param run what it is about
     * @param image what is known of the image
     * @param script that looks at it
     * @param parameters of the policy, complete
     * @param begin takes what the policy declares
     * @param speech takes what the policy says: {@code log} or {@code warn}, and the message
     */
    public RunView(
            RunContext run,
            ImageFacts image,
            Script script,
            ObjectNode parameters,
            Begin begin,
            BiConsumer<String, String> speech) {
        this.run = run;
        this.script = script;
        this.parameters = parameters;
        this.begin = begin;
        this.speech = speech;
        Scope whole = new Scope("the run");
        this.image = new View<>(IMAGE, image, script, whole);
        this.pages = new View<>(PAGES, this, script, whole);
        this.view = new View<>(CTX, this, script, whole);
    }

    /** {@return what the script is given} */
    public Object value() {
        return view;
    }

    private Object site() {
        if (site == null) site = script.value(run.site());
        return site;
    }

    private Object params() {
        if (params == null) params = script.value(parameters);
        return params;
    }

    private @Nullable Object say(String how, Arguments arguments) {
        var message = arguments.get("message");
        speech.accept(how, message.isString() ? message.asString() : message.toString());
        return null;
    }

    private Object veto(Arguments arguments) throws Veto {
        throw new Veto(arguments.text("reason").orElse("no reason given"));
    }

    private @Nullable Object declare(Arguments arguments, org.xenimage.image.page.PageRule rule) {
        if (!begin.declaring())
            throw arguments.refusal(
                    "declares a page rule, which only the first hook can: "
                            + script.spell("onBegin")
                            + "; in "
                            + script.spell("onPages")
                            + " use the batch");
        begin.add(rule);
        return null;
    }
}
