package org.xenimage.script;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.page.PageRule;
import org.xenimage.image.page.PageRuleResult;
import org.xenimage.image.page.PageView;
import org.xenimage.image.page.RuleScreen;
import org.xenimage.image.page.SplitMatches;
import org.xenimage.image.rewrite.Downgrade;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionRoom;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.verify.Finding;
import org.xenimage.script.PolicyFaults.Place;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.view.Change;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One policy of a run, as a transform, wherever its script runs. What needs no script is here: whether the policy is
 * for the image, its page rules, the older version that it asked for, and whom the guard after it blames.
 */
abstract sealed class Stage implements ImageTransform permits PolicyStage, IsolatedStage {
    private final Policy policy;
    private final RunContext run;
    private final Secrets secrets;
    private final StageJournal journal;
    private final StageTrace trace;
    private final Downgrade downgrade = new Downgrade();
    private final List<PageRule> rules = new ArrayList<>();
    private final List<PageRuleResult> ruleEdits = new ArrayList<>();

    /** Of each rule the matches that are split over pages, where the image was searched for them. */
    private final List<Optional<SplitMatches>> splits = new ArrayList<>();

    private boolean downgrading;
    private @Nullable ImageException refused;
    private Place lastEdit = new Place("", "", Fault.NO_OFFSET);
    private boolean active;
    private final RunSections sections;
    private final RuleScreen screen;
    private final List<SiteSection> added = new ArrayList<>();

    Stage(
            Policy policy,
            RunContext run,
            Secrets secrets,
            StageJournal journal,
            StageTrace trace,
            RunSections sections,
            RuleScreen screen) {
        this.sections = sections;
        this.screen = screen;
        this.policy = policy;
        this.run = run;
        this.secrets = secrets;
        this.journal = journal;
        this.trace = trace;
    }

    /** Whether the policy, once it has begun, has a hook. */
    abstract boolean has(Hook hook);

    /** Begins to prepare what runs the script, and does not wait for it. */
    abstract void start();

    /** Loads the policy's code and calls its first hook. */
    abstract void begin(ImageFacts image) throws IOException;

    /** Notifies the policy that the run failed. What goes wrong here is only logged. */
    abstract void fail(Throwable failure);

    /** Calls the functions that the policy registered to undo what it did. */
    abstract void undo(Throwable failure);

    /** Gives back what runs the script. */
    abstract void close();

    final Policy policy() {
        return policy;
    }

    final RunContext run() {
        return run;
    }

    final StageJournal journal() {
        return journal;
    }

    final Secrets secrets() {
        return secrets;
    }

    /** Whether the policy may change the pages of the batches that follow. */
    final boolean editsPages() {
        return active && (hasRules() || has(Hook.PAGES));
    }

    final boolean active() {
        return active;
    }

    final void activate(boolean now) {
        active = now;
    }

    /** Whether the policy will run on any image, so that its context can be created in advance. */
    final boolean certain() {
        return policy.on().contains(run.operation())
                && policy.match().equals(PolicyMatch.ALL)
                && policy.given().match().equals(PolicyMatch.ALL);
    }

    /** Decides whether the policy is for this image. */
    final boolean applies(ImageFacts image) throws ImageException {
        if (!policy.on().contains(run.operation())) {
            journal.outcome(
                    Outcome.OTHER_OPERATION,
                    policy.otherOperation(run.operation()) + ", by 'on' of the policy");
            trace.selected(false, policy.otherOperation(run.operation()));
            return false;
        }
        Optional<String> mismatch;
        try {
            mismatch =
                    policy.match()
                            .mismatch(image)
                            .or(() ->
                                    policy.given()
                                            .match()
                                            .mismatch(image)
                                            .map(why -> why + ", as the policy set has it"));
        } catch (IllegalArgumentException e) {
            throw new PolicyFailed(
                    PolicyFaults.fault(policy, new Place("", "", Fault.NO_OFFSET), 0, 0)
                            .field("match")
                            .problem(String.valueOf(e.getMessage())),
                    e);
        }
        if (mismatch.isPresent()) journal.outcome(Outcome.NOT_MATCHED, mismatch.get());
        trace.selected(mismatch.isEmpty(), mismatch.orElse(""));
        return mismatch.isEmpty();
    }

    /** What the policy declared in its first hook, done from now on. */
    final void declare(List<PageRule> declared, boolean older) {
        rules.addAll(declared);
        screen.add(declared);
        for (PageRule _ : declared) {
            ruleEdits.add(PageRuleResult.NONE);
            splits.add(Optional.empty());
        }
        downgrading = older;
    }

    /** Whether a rule removes what is split over pages, so that the image is searched first. */
    final boolean searches() {
        return active && rules.stream().anyMatch(PageRule::searches);
    }

    /** Searches the image for what the rules are to remove across pages. */
    final void search(SplitSearch search) {
        if (!active) return;
        for (int i = 0; i < ruleEdits.size(); i++)
            if (rules.get(i).searches()) splits.set(i, search.add(rules.get(i)));
    }

    /** Says what the search could not do. */
    final void searched(SplitSearch search) throws PolicyRejected {
        if (!active) return;
        for (int i = 0; i < ruleEdits.size(); i++) {
            if (!rules.get(i).searches()) continue;
            ruleEdits.set(i, ruleEdits.get(i).plus(search.cut(splits.get(i))));
            Optional<String> remark = search.remark(rules.get(i));
            if (remark.isPresent()
                    && rules.get(i) instanceof PageRule.ZeroFree(_, boolean required, _)
                    && required)
                throw new PolicyRejected(
                        PolicyFaults.fault(policy, Place.of(policy, Hook.BEGIN), 0, 0)
                                .problem(remark.get()));
            remark.ifPresent(journal::warn);
            rules.set(i, search.found(rules.get(i)));
        }
    }

    /** A guard below that refuses an element names this policy, if it edited anything. */
    final void passOn(ImageElement element, ImageSink down) throws IOException {
        try {
            Optional<ImageElement> made = downgrading ? older(element) : Optional.of(element);
            if (made.isPresent()) down.accept(made.get());
        } catch (ImageException e) {
            throw ofGuard(e);
        }
    }

    /** The element as the version has it that the policy asked for. */
    private Optional<ImageElement> older(ImageElement element) {
        Optional<ImageElement> made = downgrade.apply(element);
        if (made.isPresent() && made.get().equals(element)) return made;
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        edited(
                Hook.BEGIN,
                Place.of(policy, Hook.BEGIN, element),
                List.of(
                        element instanceof LibxcHeader header
                                ? new Change(
                                        "version",
                                        Optional.of(nodes.numberNode(header.version())),
                                        Optional.of(nodes.numberNode(Downgrade.VERSION)))
                                : new Change(
                                        "drop",
                                        Optional.of(nodes.textNode(element.label())),
                                        Optional.empty())));
        return made;
    }

    private IOException ofGuard(ImageException thrown) {
        if (thrown != refused) return thrown;
        boolean restart = policy.onError() == OnError.SKIP && run.restartable();
        journal.outcome(restart ? Outcome.SKIPPED : Outcome.FAILED, thrown.fault().message());
        active = false;
        return restart ? new PolicySkipped(policy.name(), thrown) : thrown;
    }

    /** Attributes a refusal by the guard after this policy. */
    final ImageException refuse(Finding finding) {
        if (!journal.editsPassedOn()) return new CorruptImage(finding.fault());
        Fault found = finding.fault();
        refused =
                new PolicyRejected(
                        PolicyFaults.fault(policy, lastEdit, 0, 0)
                                .problem(
                                        "broke the rule "
                                                + finding.rule().id()
                                                + ": "
                                                + found.message())
                                .remedy(finding.rule().text()));
        return refused;
    }

    final boolean hasRules() {
        return !ruleEdits.isEmpty();
    }

    /** The pages of a batch, after the page rules. */
    final PageView ruled(PageBatch batch) throws IOException {
        PageView view = screen.over(batch);
        long began = trace.now();
        for (int i = 0; i < ruleEdits.size(); i++) {
            PageRuleResult edits = screen.apply(rules.get(i), batch, splits.get(i));
            if (edits.edited() > 0) {
                journal.passedOn();
                lastEdit = Place.of(policy, Hook.BEGIN);
            }
            ruleEdits.set(i, ruleEdits.get(i).plus(edits));
        }
        trace.ruled(began);
        return view;
    }

    final void logRules() {
        trace.ruled(ruleEdits.size());
        for (int i = 0; i < ruleEdits.size(); i++)
            journal.rule("rule[" + i + "] " + name(rules.get(i)), ruleEdits.get(i));
        ruleEdits.clear();
        splits.clear();
    }

    private static String name(PageRule rule) {
        return switch (rule) {
            case PageRule.Scrub _, PageRule.ScrubExpression _ -> "scrub";
            case PageRule.Replace _ -> "replace";
            case PageRule.ZeroPages _ -> "zero";
            case PageRule.ZeroFree _ -> "zeroFree";
        };
    }

    final void edited(Hook hook, Place place, List<Change> changes) {
        journal.edit(hook, place, changes);
        if (hook == Hook.SECTION) return; // passed on by publish, or not at all
        journal.passedOn();
        lastEdit = place;
    }

    final RunSections sections() {
        return sections;
    }

    /** What can be done with sections now, with what this policy added so far. */
    final RunSections.Facts sectionFacts() throws IOException {
        RunSections.Facts facts = sections.facts();
        List<SectionHead> heads = new ArrayList<>(facts.heads());
        heads.addAll(RunSections.heads(added));
        return facts.with(heads);
    }

    /** Takes a section that the policy adds; it is in the image when the policy has ended. */
    final void added(Hook hook, Place place, SiteSection section) {
        added.add(section);
        journal.added(hook, place, section);
    }

    /** The sections that the hook for them gets; says so if there cannot be any. */
    final List<SiteSection> sectionsToShow() throws IOException {
        if (!has(Hook.SECTION)) return List.of();
        List<SiteSection> all = sections.current();
        RunSections.Facts facts = sections.facts();
        if (!all.isEmpty()) return all;
        String name = Hook.SECTION.in(policy.language());
        if (!facts.told())
            journal.warn(
                    name + " is not called: this run was not told of the sections of its image");
        else if (facts.sourceRoom() == SectionRoom.NONE)
            journal.warn(
                    "%s is not called: the format %s has no sections"
                            .formatted(name, facts.source()));
        return List.of();
    }

    /** The policy has ended: what it did with sections is what the image gets. */
    final void publish(List<SiteSection> edited) throws IOException {
        if (!active) return;
        List<SiteSection> before = sections.current();
        List<SiteSection> all = new ArrayList<>(has(Hook.SECTION) ? edited : before);
        for (SiteSection section : added) {
            RunSections.Facts facts = sections.facts().with(RunSections.heads(all));
            Optional<String> refusal = facts.refusal(section.head());
            if (refusal.isPresent()) throw refusedSection(section, refusal.get());
            all.add(section);
        }
        Optional<String> problem = SectionHead.problemTogether(RunSections.heads(all));
        if (problem.isPresent() && !all.isEmpty())
            throw refusedSection(all.getLast(), problem.get());
        if (all.equals(before)) return;
        journal.passedOn();
        sections.take(all);
    }

    private PolicyFailed refusedSection(SiteSection section, String problem) {
        Place place = Place.of(policy, Hook.SECTION, section.head());
        return new PolicyFailed(
                PolicyFaults.fault(policy, new Place("", place.element(), place.offset()), 0, 0)
                        .problem(problem)
                        .remedy("correct the policy, or run without it"));
    }

    static ObjectNode tree(Throwable failure) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("message", String.valueOf(failure.getMessage()))
                .put(
                        "kind",
                        failure instanceof PolicyProcess.HostFailed told
                                ? told.kind()
                                : failure.getClass().getSimpleName());
    }
}
