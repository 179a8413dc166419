package org.xenimage.script.grant;

import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.GrantKind;
import org.xenimage.script.policy.Policy;

import java.util.List;

/**
 * The grants of one policy in one run, as its script reaches them: in this process, or by asking the host. On the
 * thread of the script.
 */
public interface GrantAccess {
    /**
     * Looks a grant up.
     *
     * @param name by which the policy wants it
     * @return what it allows
     * @throws ScriptRefusal if the policy does not want such a grant
     */
    GrantKind kind(String name);

    /**
     * Uses a grant.
     *
     * @param use what is done
     * @return what came of it
     * @throws ScriptRefusal if the grant does not allow it, or it failed
     * @throws InterruptedException if the call of the hook is stopped
     */
    GrantResult use(GrantUse use) throws InterruptedException;

    /**
     * The kind of a grant that a policy's header wants.
     *
     * @param policy whose header
     * @param name of the grant
     * @return its kind
     */
    static GrantKind wanted(Policy policy, String name) {
        GrantKind kind = policy.wants().get(name);
        if (kind != null) return kind;
        List<String> known = policy.wants().keySet().stream().sorted().toList();
        throw new ScriptRefusal(
                known.isEmpty()
                        ? "the policy has no grant %s: its header has no wants".formatted(name)
                        : "the policy has no grant " + name + Nearest.suggestion(name, known));
    }
}
