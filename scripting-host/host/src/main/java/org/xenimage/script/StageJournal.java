package org.xenimage.script;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.page.PageRuleResult;
import org.xenimage.script.PolicySpeech.Channel;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.view.Change;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Takes what one policy does in a run: here, or in a process of its own that hands it on. */
sealed interface StageJournal permits PolicyJournal, RelayedJournal {
    /** What became of the policy. */
    void outcome(Outcome now, String message);

    /** It runs. */
    void ran();

    /** Where the hooks begin, which the entries of their edits say. */
    void lines(Function<Hook, Optional<String>> known);

    /** Edits of one hook. */
    void edit(Hook hook, PolicyFaults.Place place, List<Change> made);

    /** A page rule, at the end of the run; one that found nothing is logged, and no edit. */
    void rule(String name, PageRuleResult made);

    /** A use of a grant. */
    void grant(ObjectNode use);

    /** How many functions of the policy were called that undo what it did. */
    void undone(int functions);

    /** What the host has to say of the policy. */
    void warn(String message);

    /**
     * What the policy says; more than its budget is refused, but what it prints is dropped, after a line that says so.
     */
    void say(Channel channel, String message);

    /** Edits left the policy: leaving it out no longer undoes them. */
    void passedOn();

    boolean editsPassedOn();

    RunSummary.PolicySummary summary();
}
