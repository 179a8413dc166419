package org.xenimage.script;

import org.graalvm.polyglot.Value;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.HostFailure;
import org.xenimage.script.engine.Script;
import org.xenimage.script.engine.ScriptEngine;
import org.xenimage.script.engine.ScriptFailure;
import org.xenimage.script.engine.ScriptSetting;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.view.ImageHandle;
import org.xenimage.script.view.View;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Code that is run piece by piece against one image, which it sees as {@code image}.
 *
 * <p>What a piece declares stays for the pieces that follow. A piece that ends well and edited the image is one step of
 * {@link #edits}; of one that fails or is interrupted nothing counts. The code may do as little as a policy's: it has
 * the image, and what it prints. The context is made when the first piece is run.
 *
 * <p>For one thread at a time, except for {@link #interrupt}.
 */
public final class ScriptSession implements AutoCloseable {
    private final ScriptEngine engine;
    private final Policy identity;
    private final HostOptions options;
    private final ImageIndex image;
    private final ImageFacts facts;
    private final OutputStream out;
    private final Instant now = Instant.now();
    private final StagedEdits edits = new StagedEdits();
    private Script script;
    private Optional<ImageHandle> view = Optional.empty();

    private ScriptSession(
            HostOptions options,
            Language language,
            ImageIndex image,
            ImageFacts facts,
            OutputStream out) {
        this.engine = new ScriptEngine(options.library(), options.inspection());
        this.identity = Policy.ofCode("console", language, options.limits());
        this.options = options;
        this.image = image;
        this.facts = facts;
        this.out = new Prints(out);
        this.script = newScript();
    }

    /**
     * Opens a session. No engine is started yet.
     *
     * @param options the limits for each piece of code, and the library
     * @param language of the code
     * @param image to look at; stays its owner's
     * @param out takes what the code prints
     * @return the session
     * @throws IOException if the image's config cannot be read
     */
    public static ScriptSession open(
            HostOptions options, Language language, ImageIndex image, OutputStream out)
            throws IOException {
        List<ImageElement> elements = image.elements();
        return new ScriptSession(
                options,
                language,
                image,
                ImageFacts.of(elements, image.first(LibxcHeader.class)),
                out);
    }

    /** Begins to make the context, and does not wait for it. */
    public void start() {
        script.start();
    }

    /** {@return the facts about the image} */
    public ImageFacts facts() {
        return facts;
    }

    /** {@return the language of the code} */
    public Language language() {
        return identity.language();
    }

    /** {@return what the code has edited} */
    public StagedEdits edits() {
        return edits;
    }

    private Script newScript() {
        return Script.of(engine, identity, new ScriptSetting(options.limits(), now, out, out));
    }

    private ImageHandle opened() throws ImageException {
        if (view.isPresent()) return view.get();
        ImageHandle made = new ImageHandle(image, facts, script.values(), edits);
        try {
            script.open(() -> Map.of("image", made.value()));
        } catch (ScriptFailure e) {
            throw failed("console", "", e);
        }
        view = Optional.of(made);
        return made;
    }

    /**
     * Runs a piece of code.
     *
     * @param name of the piece, for messages: a file, or such as {@code input 3}
     * @param code to run
     * @return the value of its last expression as a person reads it; nothing if that has none
     * @throws IOException a {@link PolicyFailed} with the lines around the place if the code failed; or the image
     *     cannot be read
     */
    public Optional<String> evaluate(String name, String code) throws IOException {
        ImageHandle seen = opened();
        try {
            return script.call(() -> {
                Optional<Value> value = script.evaluate(name, code);
                seen.settle(code);
                Secrets secrets = options.showSecrets() ? Secrets.TOLD : Secrets.BY_NAME;
                return value.map(result -> script.format(result, secrets));
            });
        } catch (ScriptFailure e) {
            revert(seen);
            throw failed(name, code, e);
        } catch (HostFailure e) {
            revert(seen);
            if (e.failure() instanceof IOException io) throw io;
            throw e;
        }
    }

    private void revert(ImageHandle seen) {
        seen.revert();
        if (!script.stuck() && !script.stopped()) return;
        // Nothing more can be asked of this context: the next piece gets another one.
        script.close();
        script = newScript();
        view = Optional.empty();
    }

    private ImageException failed(String name, String code, ScriptFailure failure) {
        String place = name;
        if (failure.line() > 0) place += ":" + failure.line();
        if (failure.line() > 0 && failure.column() > 0) place += ":" + failure.column();
        String problem =
                switch (failure.kind()) {
                    case SYNTAX, THROWN, REFUSED, LIMIT, INTERRUPTED -> failure.problem();
                    case STUCK ->
                            failure.problem()
                                    + "; variables and functions are lost, earlier edits are kept";
                };
        return new PolicyFailed(
                Fault.in(place).problem(problem),
                PolicyFaults.frame(code, failure.line(), failure.column()),
                failure);
    }

    /**
     * Whether code is complete, or more lines must follow.
     *
     * @param code as far as it was typed
     * @return false if more must follow; true also for invalid code, which {@link #evaluate} then
     *     reports
     */
    public boolean complete(String code) {
        try {
            opened();
            return script.call(() -> script.complete(code));
        } catch (ScriptFailure | ImageException e) {
            return true;
        }
    }

    /**
     * The names after a dot, for completion. The expression is evaluated: it should do no more than name something.
     *
     * @param expression before the dot, empty for all names of the session
     * @return the names; none if there are none, or the expression fails
     */
    public List<String> members(String expression) {
        try {
            opened();
            return script.call(() -> script.members(expression));
        } catch (ScriptFailure | HostFailure | ImageException e) {
            return List.of();
        }
    }

    /**
     * The description of what an expression names, for help and completion. The expression is evaluated, as for
     * {@link #members}.
     *
     * @param expression that names an object of the host, such as {@code image.pages}
     * @return the description; nothing if it names no such object, or fails
     */
    public Optional<ObjectType> type(String expression) {
        try {
            opened();
            return script.call(() ->
                    Checked.hostObject(script.named(expression))
                            .filter(View.class::isInstance)
                            .map(object -> ((View<?>) object).type()));
        } catch (ScriptFailure | HostFailure | ImageException e) {
            return Optional.empty();
        }
    }

    /**
     * Takes the last step back. Views of the image that the code holds are of no use any more, and say so.
     *
     * @return the step, if there was one
     */
    public Optional<StagedEdits.Step> undo() {
        Optional<StagedEdits.Step> step = edits.undo();
        if (step.isPresent()) view.ifPresent(ImageHandle::revert);
        return step;
    }

    /** Stops the piece of code that runs, if one does. From any other thread; returns when it has stopped. */
    public void interrupt() {
        if (view.isPresent()) script.interrupt();
    }

    @Override
    public void close() {
        script.close();
        engine.close();
    }
}
