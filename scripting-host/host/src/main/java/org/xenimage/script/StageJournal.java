package org.xenimage.script;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.page.PageRuleResult;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.PolicySpeech.Channel;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.view.Change;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Receives what one policy does in a run, in this process or through the policy's own process. */
sealed interface StageJournal permits PolicyJournal, RelayedJournal {
    /** The outcome of the policy. */
    void outcome(Outcome now, String message);

    /** It runs. */
    void ran();

    /** The lines where the hooks begin, for the log entries of their edits. */
    void lines(Function<Hook, Optional<String>> known);

    /** Edits of one hook. */
    void edit(Hook hook, PolicyFaults.Place place, List<Change> made);

    /** A section that the policy adds. */
    void added(Hook hook, PolicyFaults.Place place, SiteSection section);

    /** A page rule, at the end of the run; one that found nothing is logged, and no edit. */
    void rule(String name, PageRuleResult made);

    /** A use of a grant. */
    void grant(ObjectNode use);

    /** How many undo functions of the policy were called. */
    void undone(int functions);

    /** A message of the host about the policy. */
    void warn(String message);

    /**
     * Output of the policy. Messages beyond its budget are refused; printed text beyond it is dropped, with a notice.
     */
    void say(Channel channel, String message);

    /** Edits left the policy: leaving it out no longer undoes them. */
    void passedOn();

    boolean editsPassedOn();

    RunSummary.PolicySummary summary();
}
