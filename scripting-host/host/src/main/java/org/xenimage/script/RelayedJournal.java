package org.xenimage.script;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.page.PageRuleResult;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.PolicySpeech.Channel;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.isolate.Message;
import org.xenimage.script.isolate.MessageKind;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.view.Change;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The journal in a policy's process: sends everything to the host, which logs it. The output budget also applies
 * here, so that the policy gets an error in the line that exceeds it.
 */
final class RelayedJournal implements StageJournal {
    private final PolicyJournal own;
    private final Consumer<Message> out;
    private boolean hostPassedOn;
    private long hostEdits;
    private long hostPages;
    private long hostBytes;

    /**
     * A journal that hands on.
     *
     * @param own counts; what it is told to speak goes to the host as well
     * @param out to the host
     */
    RelayedJournal(PolicyJournal own, Consumer<Message> out) {
        this.own = own;
        this.out = out;
    }

    /** What the host knows: its page rules edited something. */
    void hostPassedOn(boolean now) {
        hostPassedOn = now;
    }

    /** What the host counted, of this policy and its page rules. */
    void hostCounts(long edits, long pages, long bytes) {
        hostEdits = edits;
        hostPages = pages;
        hostBytes = bytes;
    }

    private void tell(MessageKind kind, ObjectNode head) {
        out.accept(Message.of(kind, head));
    }

    private static ObjectNode head() {
        return JsonNodeFactory.instance.objectNode();
    }

    @Override
    public void outcome(Outcome now, String message) {
        own.outcome(now, message);
        tell(MessageKind.OUTCOME, head().put("outcome", now.name()).put("reason", message));
    }

    @Override
    public void ran() {
        own.ran();
    }

    /** The host has the log: it is told the lines when the policy has begun. */
    @Override
    public void lines(Function<Hook, Optional<String>> known) {}

    @Override
    public void edit(Hook hook, PolicyFaults.Place place, List<Change> made) {
        own.edit(hook, place, made);
        tell(MessageKind.EDITED, StageMessages.edited(hook, place, made));
    }

    @Override
    public void added(Hook hook, PolicyFaults.Place place, SiteSection section) {
        own.added(hook, place, section);
        out.accept(
                StageMessages.section(MessageKind.ADDED, head().put("hook", hook.name()), section));
    }

    @Override
    public void rule(String name, PageRuleResult made) {
        throw new IllegalStateException("page rules are the host's");
    }

    @Override
    public void grant(ObjectNode use) {
        throw new IllegalStateException("the host uses grants, and logs it");
    }

    @Override
    public void undone(int functions) {
        tell(MessageKind.UNDONE, head().put("functions", functions));
    }

    @Override
    public void warn(String message) {
        own.warn(message);
    }

    @Override
    public void say(Channel channel, String message) {
        own.say(channel, message);
    }

    @Override
    public void passedOn() {
        own.passedOn();
    }

    @Override
    public boolean editsPassedOn() {
        return hostPassedOn || own.editsPassedOn();
    }

    @Override
    public RunSummary.PolicySummary summary() {
        RunSummary.PolicySummary here = own.summary();
        return new RunSummary.PolicySummary(
                here.policy(),
                here.outcome(),
                here.reason(),
                hostEdits,
                hostPages,
                hostBytes,
                here.changes(),
                here.warnings(),
                editsPassedOn());
    }
}
