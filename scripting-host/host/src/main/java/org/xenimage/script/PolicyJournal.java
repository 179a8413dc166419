package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.page.PageRuleResult;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.PolicySpeech.Channel;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.explain.FieldText;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.view.BatchHandle;
import org.xenimage.script.view.Change;
import org.xenimage.script.view.SectionHandle;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What one policy did: goes to the decision log as it happens, and into the summary. */
final class PolicyJournal implements StageJournal {
    private static final int CHANGES_KEPT = 1000;
    private static final int WARNINGS_KEPT = 1000;

    private final Policy policy;
    private final String source;
    private final String time;
    private final DecisionLog log;
    private final HostOptions options;
    private final Secrets secrets;
    private final List<RunSummary.Edit> changes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private Outcome outcome = Outcome.WAITING;
    private String reason = "";
    private long edits;
    private long pages;
    private long bytes;
    private long messages;
    private long characters;
    private boolean editsPassedOn;
    private Function<Hook, Optional<String>> lines = _ -> Optional.empty();

    PolicyJournal(
            Policy policy, RunContext run, DecisionLog log, HostOptions options, Secrets secrets) {
        this.policy = policy;
        this.source = run.source();
        this.time = run.now().toString();
        this.log = log;
        this.options = options;
        this.secrets = secrets;
    }

    private ObjectNode entry() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("policy", policy.name())
                .put("version", policy.version())
                .put("digest", policy.digest());
    }

    @Override
    public void outcome(Outcome now, String message) {
        String why = secrets.hide(message);
        outcome = now;
        reason = why;
        log.add(
                entry().put(
                                "event",
                                now.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'))
                        .put("reason", why));
        if (now == Outcome.SKIPPED) options.skips().onSkip(policy, source, time, why);
    }

    @Override
    public void ran() {
        outcome = Outcome.RAN;
    }

    /** Where the hooks begin, which the entries of their edits say. */
    @Override
    public void lines(Function<Hook, Optional<String>> known) {
        lines = known;
    }

    @Override
    public void edit(Hook hook, PolicyFaults.Place place, List<Change> made) {
        for (Change change : made) {
            edits++;
            count(change);
            RunSummary.Edit edit =
                    new RunSummary.Edit(
                            hook,
                            place.element(),
                            place.offset(),
                            change.path(),
                            hidden(change.path(), change.before()),
                            hidden(change.path(), change.after()),
                            change.features());
            if (changes.size() < CHANGES_KEPT) changes.add(edit);
            write(place.hook(), edit);
        }
    }

    @Override
    public void added(Hook hook, PolicyFaults.Place place, SiteSection section) {
        edit(
                hook,
                new PolicyFaults.Place(place.hook(), "section " + section.name(), Fault.NO_OFFSET),
                List.of(
                        new Change(
                                "add",
                                Optional.empty(),
                                Optional.of(SectionHandle.described(section)))));
    }

    private void count(Change change) {
        JsonNode after = change.after().orElse(JsonNodeFactory.instance.nullNode());
        if (after.has("pages") && after.has("first")) {
            pages += after.get("pages").asLong();
            bytes += after.get("bytes").asLong();
        } else if (change.path().equals("page") && after.has("pfn")) {
            pages++;
            bytes += after.get("bytes").asLong();
        }
    }

    @Override
    public void rule(String name, PageRuleResult made) {
        if (made.edited() > 0) edits++;
        pages += made.edited();
        bytes += made.bytes();
        RunSummary.Edit edit =
                new RunSummary.Edit(
                        Hook.BEGIN,
                        "pages",
                        Fault.NO_OFFSET,
                        name,
                        Optional.empty(),
                        Optional.of(BatchHandle.described(made)),
                        Optional.empty());
        if (made.edited() > 0 && changes.size() < CHANGES_KEPT) changes.add(edit);
        write(Hook.BEGIN.in(policy.language()), edit);
    }

    private void write(String hook, RunSummary.Edit edit) {
        ObjectNode entry = entry().put("hook", hook);
        lines.apply(edit.hook()).ifPresent(line -> entry.put("at", line));
        entry.put("element", edit.element());
        if (edit.offset() != Fault.NO_OFFSET) entry.put("offset", edit.offset());
        entry.put("path", edit.path());
        edit.before().ifPresent(value -> entry.set("before", value));
        edit.after().ifPresent(value -> entry.set("after", value));
        edit.features().ifPresent(features -> entry.set("features", FieldText.json(features)));
        log.add(entry);
    }

    private Optional<JsonNode> hidden(String path, Optional<JsonNode> value) {
        return value.map(tree -> secrets.hide(path, tree));
    }

    @Override
    public void grant(ObjectNode use) {
        ObjectNode entry = entry().put("event", "grant");
        for (var fact : use.properties())
            if (fact.getValue().isTextual())
                entry.put(fact.getKey(), secrets.hide(fact.getValue().textValue()));
            else entry.set(fact.getKey(), fact.getValue());
        log.add(entry);
    }

    @Override
    public void undone(int functions) {
        log.add(entry().put("event", "undone").put("functions", functions));
    }

    @Override
    public void warn(String message) {
        write(Channel.WARN, message);
    }

    @Override
    public void say(Channel channel, String message) {
        boolean printed = channel == Channel.PRINT || channel == Channel.ERROR;
        boolean within = messages <= options.budget().messages();
        messages++;
        characters += message.length();
        if (messages <= options.budget().messages()
                && characters <= options.budget().characters()) {
            write(channel, message);
            return;
        }
        String problem =
                "printed more than its budget of %d lines and %d characters in one run"
                        .formatted(options.budget().messages(), options.budget().characters());
        if (!printed) throw new ScriptRefusal(problem);
        messages = Math.max(messages, options.budget().messages() + 1);
        if (within) write(Channel.WARN, problem + "; further output is dropped");
    }

    /**
     * What the policy said in a process of its own, where its budget holds: that process cannot be believed, but a
     * little more is what the host has to say of the policy.
     *
     * @return whether it is not far more
     */
    boolean relay(Channel channel, String message) {
        messages++;
        characters += message.length();
        boolean within =
                messages <= options.budget().messages() + WARNINGS_KEPT
                        && characters <= 2 * options.budget().characters();
        if (within) write(channel, message);
        return within;
    }

    private void write(Channel channel, String message) {
        String text = secrets.hide(message);
        if (channel == Channel.WARN && warnings.size() < WARNINGS_KEPT) warnings.add(text);
        String key =
                switch (channel) {
                    case PRINT -> "print";
                    case ERROR -> "stderr";
                    case LOG -> "log";
                    case WARN -> "warn";
                };
        log.add(entry().put(key, text));
        options.speech().onOutput(source, policy.name(), channel, text);
    }

    @Override
    public void passedOn() {
        editsPassedOn = true;
    }

    @Override
    public boolean editsPassedOn() {
        return editsPassedOn;
    }

    @Override
    public RunSummary.PolicySummary summary() {
        return new RunSummary.PolicySummary(
                policy, outcome, reason, edits, pages, bytes, changes, warnings, editsPassedOn);
    }
}
