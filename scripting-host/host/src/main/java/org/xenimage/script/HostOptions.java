package org.xenimage.script;

import org.xenimage.script.policy.Inspection;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.RunBudget;

import java.util.Optional;

/**
 * How a host runs policies.
 *
 * @param limits that no policy's own may exceed, for each call of a hook
 * @param budget for all calls of a policy in one run
 * @param library where the standard library's resources are
 * @param speech takes what policies print and log, at once
 * @param showSecrets whether logs and reports show values that look secret
 * @param hooks hears of every call of a hook
 * @param skips hears of policies that were skipped
 * @param isolation which policies run in a process of their own
 * @param effects whether uses of grants may have an effect outside: not where runs are only tried
 * @param inspection by a debugger; never with isolation
 */
public record HostOptions(
        Limits limits,
        RunBudget budget,
        ClassLoader library,
        PolicySpeech speech,
        boolean showSecrets,
        HookListener hooks,
        SkipListener skips,
        Isolation isolation,
        boolean effects,
        Optional<Inspection> inspection) {
    /** {@return the usual limits, the library on the host's own path, and no listener} */
    public static HostOptions defaults() {
        ClassLoader own = HostOptions.class.getClassLoader();
        return new HostOptions(
                Limits.DEFAULT,
                RunBudget.DEFAULT,
                own == null ? ClassLoader.getSystemClassLoader() : own,
                PolicySpeech.UNHEARD,
                false,
                HookListener.UNHEARD,
                SkipListener.UNHEARD,
                Isolation.NONE,
                true,
                Optional.empty());
    }

    /**
     * Other limits.
     *
     * @param wanted that no policy's own may exceed
     * @return these options with those limits
     */
    public HostOptions withLimits(Limits wanted) {
        return new HostOptions(
                wanted,
                budget,
                library,
                speech,
                showSecrets,
                hooks,
                skips,
                isolation,
                effects,
                inspection);
    }

    /**
     * Another budget.
     *
     * @param wanted for all calls of a policy in one run
     * @return these options with that budget
     */
    public HostOptions withBudget(RunBudget wanted) {
        return new HostOptions(
                limits,
                wanted,
                library,
                speech,
                showSecrets,
                hooks,
                skips,
                isolation,
                effects,
                inspection);
    }

    /**
     * With a listener.
     *
     * @param listener takes what policies print and log
     * @return these options with that listener
     */
    public HostOptions withSpeech(PolicySpeech listener) {
        return new HostOptions(
                limits,
                budget,
                library,
                listener,
                showSecrets,
                hooks,
                skips,
                isolation,
                effects,
                inspection);
    }

    /**
     * Whether secrets are shown.
     *
     * @param visible whether logs and reports show values that look secret
     * @return these options, saying so
     */
    public HostOptions withSecrets(boolean visible) {
        return new HostOptions(
                limits,
                budget,
                library,
                speech,
                visible,
                hooks,
                skips,
                isolation,
                effects,
                inspection);
    }

    /**
     * With a listener to hooks.
     *
     * @param listener hears of every call
     * @return these options with that listener
     */
    public HostOptions withHooks(HookListener listener) {
        return new HostOptions(
                limits,
                budget,
                library,
                speech,
                showSecrets,
                listener,
                skips,
                isolation,
                effects,
                inspection);
    }

    /**
     * With a listener to policies that are skipped.
     *
     * @param listener hears of each
     * @return these options with that listener
     */
    public HostOptions withSkips(SkipListener listener) {
        return new HostOptions(
                limits,
                budget,
                library,
                speech,
                showSecrets,
                hooks,
                listener,
                isolation,
                effects,
                inspection);
    }

    /**
     * With policies in processes of their own.
     *
     * @param wanted which
     * @return these options with those processes
     */
    public HostOptions withIsolation(Isolation wanted) {
        return new HostOptions(
                limits,
                budget,
                library,
                speech,
                showSecrets,
                hooks,
                skips,
                wanted,
                effects,
                inspection);
    }

    /**
     * Whether grants are used in earnest.
     *
     * @param wanted false where runs are only tried: no line is appended, no command run, and of requests only GET and
     *     HEAD are sent
     * @return these options, saying so
     */
    public HostOptions withEffects(boolean wanted) {
        return new HostOptions(
                limits,
                budget,
                library,
                speech,
                showSecrets,
                hooks,
                skips,
                isolation,
                wanted,
                inspection);
    }

    /**
     * With a debugger.
     *
     * @param wanted where it connects
     * @return these options, with it
     */
    public HostOptions withInspection(Inspection wanted) {
        return new HostOptions(
                limits,
                budget,
                library,
                speech,
                showSecrets,
                hooks,
                skips,
                isolation,
                effects,
                Optional.of(wanted));
    }
}
