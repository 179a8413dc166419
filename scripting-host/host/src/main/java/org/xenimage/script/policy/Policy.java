package org.xenimage.script.policy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A policy that was loaded: its header, its source, nothing of it run yet.
 *
 * @param name by its header, or by its file's name
 * @param version by its header, empty if it has none
 * @param doc what it says about itself: {@code doc} of its header, or the comment it begins with
 * @param on the operations it is for
 * @param match the domains it is for
 * @param onError what becomes of the run if it fails
 * @param parameters in the order of its header
 * @param limits its own, which count where they are narrower than the host's
 * @param wants the grants that it wants, by name
 * @param language it is written in
 * @param file as the user named it; of the library, {@code xenimage/NAME.js}
 * @param source of the module
 * @param digest SHA-256 of the file, in hex; with modules, of all files and their paths
 * @param modules that it imports, in the order of their paths
 * @param given what a policy set gives it
 */
public record Policy(
        String name,
        String version,
        String doc,
        Set<Operation> on,
        PolicyMatch match,
        OnError onError,
        List<PolicyParameter> parameters,
        Limits limits,
        Map<String, GrantKind> wants,
        Language language,
        String file,
        String source,
        String digest,
        List<PolicyModule> modules,
        Assignment given) {
    /** Copies the collections. */
    public Policy {
        on = Set.copyOf(on);
        parameters = List.copyOf(parameters);
        wants =
                Collections.unmodifiableMap(
                        new LinkedHashMap<>(wants)); // in the order of the header
        modules = List.copyOf(modules);
    }

    /**
     * This, with what it imports.
     *
     * @param imported in the order of their paths
     * @param combined the digest of all files
     * @return the policy
     */
    public Policy withModules(List<PolicyModule> imported, String combined) {
        return new Policy(
                name,
                version,
                doc,
                on,
                match,
                onError,
                parameters,
                limits,
                wants,
                language,
                file,
                source,
                combined,
                imported,
                given);
    }

    /**
     * This, as a policy set has it.
     *
     * @param as the name in the set
     * @param operations that it is still for
     * @param failing what becomes of the run if it fails
     * @param narrowed limits
     * @param assigned what the set gives it
     * @return the policy
     */
    public Policy assigned(
            String as,
            Set<Operation> operations,
            OnError failing,
            Limits narrowed,
            Assignment assigned) {
        return new Policy(
                as,
                version,
                doc,
                operations,
                match,
                failing,
                parameters,
                narrowed,
                wants,
                language,
                file,
                source,
                digest,
                modules,
                assigned);
    }

    /** {@return the files that the policy was read from, the first its own; those of the library are not among them} */
    public List<Path> files() {
        List<Path> files = new ArrayList<>(List.of(Path.of(file)));
        for (PolicyModule module : modules) module.file().ifPresent(files::add);
        return files;
    }

    /**
     * The identity of code that has no header, such as what is typed into a console: it matches
     * every image, and is no file.
     *
     * @param name for messages
     * @param language of the code
     * @param limits of each piece
     * @return the policy, with an empty source
     */
    public static Policy ofCode(String name, Language language, Limits limits) {
        return new Policy(
                name,
                "",
                "",
                Set.of(),
                PolicyMatch.ALL,
                OnError.ABORT,
                List.of(),
                limits,
                Map.of(),
                language,
                name,
                "",
                "",
                List.of(),
                Assignment.NONE);
    }

    /**
     * Why the policy is not for an operation.
     *
     * @param operation that runs
     * @return such as {@code operation is rewrite, not migrate-out or save}
     */
    public String otherOperation(Operation operation) {
        List<String> names = on.stream().map(Operation::policyName).sorted().toList();
        return "operation is " + operation.policyName() + ", not " + String.join(" or ", names);
    }

    /** {@return name and version, as in a message} */
    public String title() {
        return version.isEmpty() ? name : name + " " + version;
    }

    @Override
    public String toString() {
        return "policy " + title() + " (" + file + ")";
    }
}
