package org.xenimage.script.view;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.image.rewrite.Downgrade;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.RunContext;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code ctx}: the run, as one policy sees it. It is valid during the whole run, except where
 * noted.
 */
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
                            (self, arguments) -> self.say(false, arguments))
                    .function(
                            Signature.positional("warn", "message"),
                            (self, arguments) -> self.say(true, arguments))
                    .function(
                            Signature.positional("downgrade", "version"),
                            (self, arguments) -> self.downgrade(arguments))
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

    private final RunContext run;
    private final Values values;
    private final ObjectNode parameters;
    private final Begin begin;
    private final Speech speech;
    private final View<ImageFacts> image;
    private final View<RunView> pages;
    private final View<RunView> view;
    private final Set<String> told = new HashSet<>();
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
     * @param speech takes what the policy says
     */
    public RunView(
            RunContext run,
            ImageFacts image,
            Values values,
            ObjectNode parameters,
            Begin begin,
            Speech speech) {
        this.run = run;
        this.values = values;
        this.parameters = parameters;
        this.begin = begin;
        this.speech = speech;
        Scope whole = new Scope("the run");
        this.image = new View<>(IMAGE, image, values, whole);
        this.pages = new View<>(PAGES, this, values, whole);
        this.view = new View<>(CTX, this, values, whole);
    }

    /** {@return what the script is given} */
    public Object value() {
        return view;
    }

    private Object site() {
        if (site == null) site = values.watched(run.site(), this::absent);
        return site;
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
                .filter(_ -> told.add(key))
                .ifPresent(like ->
                        speech.accept(
                                true, "ctx.site has no " + key + "; did you mean " + like + "?"));
    }

    private Object params() {
        if (params == null) params = values.value(parameters);
        return params;
    }

    private @Nullable Object say(boolean warning, Arguments arguments) {
        Value message = arguments.get("message");
        speech.accept(
                warning,
                message.isString() ? Checked.text(message, "message") : String.valueOf(message));
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
