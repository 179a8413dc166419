package org.xenimage.script.grant;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.engine.ScriptRefusal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * The paths of grants, and the links in them. A link is followed only if nobody but root and this user could have
 * put it there: else whoever can write to the folder would choose what a grant reaches.
 */
final class TrustedPath {
    /** As the kernel has it. */
    private static final int LINKS_MAX = 40;

    private static final int GROUP_WRITE = 0020;
    private static final int OTHERS_WRITE = 0002;
    private static final int STICKY = 01000;
    private static final int ROOT = 0;
    private static final Path SELF = Path.of("/proc/self");

    private TrustedPath() {}

    /** Owner and permissions of a file, not of what it links to. */
    private record Facts(int owner, int mode, int names) {
        static Facts of(Path path) throws IOException {
            Map<String, Object> facts =
                    Files.readAttributes(path, "unix:uid,mode,nlink", LinkOption.NOFOLLOW_LINKS);
            return new Facts(
                    number(facts.get("uid")),
                    number(facts.get("mode")),
                    number(facts.get("nlink")));
        }

        private static int number(@Nullable Object fact) {
            return fact instanceof Number number ? number.intValue() : -1;
        }

        boolean ours() throws IOException {
            return owner == ROOT || owner == user();
        }

        /** Whether only root and this user can put something into the folder or take it away. */
        boolean closed() throws IOException {
            return ours() && (mode & (GROUP_WRITE | OTHERS_WRITE)) == 0;
        }

        boolean sticky() throws IOException {
            return ours() && (mode & STICKY) != 0;
        }

        private static int user() throws IOException {
            Path own =
                    Files.exists(SELF)
                            ? SELF.toRealPath()
                            : Path.of(System.getProperty("user.home"));
            return number(Files.getAttribute(own, "unix:uid"));
        }
    }

    /**
     * Follows the links in a path.
     *
     * @param path absolute
     * @return the same place without links; the last step need not exist, and must be opened without following links
     * @throws IOException if a folder on the way cannot be read
     * @throws ScriptRefusal if someone else could have put one of the links there
     */
    static Path of(Path path) throws IOException {
        Path at = path.getRoot();
        if (at == null) throw new ScriptRefusal(path + ": is not an absolute path");
        Deque<Path> steps = new ArrayDeque<>();
        path.forEach(steps::add);
        int links = 0;
        while (!steps.isEmpty()) {
            Path step = steps.removeFirst();
            if (step.toString().equals(".") || step.toString().isEmpty()) continue;
            if (step.toString().equals("..")) {
                if (at.getParent() != null) at = at.getParent();
                continue;
            }
            Path next = at.resolve(step);
            if (!Files.isSymbolicLink(next)) {
                at = next;
                continue;
            }
            Facts folder = Facts.of(at);
            if (!folder.closed() && !(folder.sticky() && Facts.of(next).ours()))
                throw new ScriptRefusal(
                        "%s: %s is a link in a folder that others may write, and is not followed"
                                .formatted(path, next));
            if (++links > LINKS_MAX) throw new ScriptRefusal(path + ": has too many links");
            Path target = Files.readSymbolicLink(next);
            if (target.isAbsolute()) at = target.getRoot();
            for (int i = target.getNameCount() - 1; i >= 0; i--) steps.addFirst(target.getName(i));
        }
        return at;
    }

    /**
     * Refuses a file that someone else may have put where a log is to be: its own, or another name of a file of ours.
     *
     * @param file without links, which exists
     * @throws IOException if it cannot be looked at
     */
    static void requireOwnLog(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder == null || Facts.of(folder).closed()) return;
        Facts facts = Facts.of(file);
        if (!facts.ours() || facts.names() != 1)
            throw new ScriptRefusal(
                    file
                            + (facts.ours() ? ": has several names" : ": belongs to someone else")
                            + " in a folder that others may write");
    }
}
