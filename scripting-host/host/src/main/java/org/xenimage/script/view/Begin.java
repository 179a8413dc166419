package org.xenimage.script.view;

import org.xenimage.image.page.PageRule;
import org.xenimage.script.engine.ScriptRefusal;

import java.util.ArrayList;
import java.util.List;

/** What a policy declares while its first hook runs. */
public final class Begin {
    private final List<PageRule> rules = new ArrayList<>();
    private boolean declaring;
    private boolean downgrade;

    private final int rulesMax;

    /**
     * Nothing declared yet.
     *
     * @param rulesMax how many page rules may be
     */
    public Begin(int rulesMax) {
        this.rulesMax = rulesMax;
    }

    /** {@return the page rules, in the order of their declaration} */
    public List<PageRule> rules() {
        return List.copyOf(rules);
    }

    /** {@return whether the image is to be written as older releases of Xen read it} */
    public boolean downgrade() {
        return downgrade;
    }

    void declareDowngrade() {
        downgrade = true;
    }

    /**
     * Says whether rules can be declared now.
     *
     * @param now whether they can
     */
    public void declaring(boolean now) {
        declaring = now;
    }

    boolean declaring() {
        return declaring;
    }

    void add(PageRule rule) {
        if (rules.size() == rulesMax)
            throw new ScriptRefusal("declares more than its budget of " + rulesMax + " page rules");
        rules.add(rule);
    }
}
