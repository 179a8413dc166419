package org.xenimage.cli.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where the agent of a user listens: {@code xenimage/agent.socket} in {@code XDG_RUNTIME_DIR}, without which
 * {@code /run/user/UID} counts, and {@code /run} for root, who has it as a second place always. The launcher looks in
 * the same places.
 *
 * <p>Only what belongs to the user, and is closed to all others, is trusted.
 */
final class AgentSocket {
    /** The name of the socket in its folder. */
    static final String NAME = "agent.socket";

    private static final int TYPE = 0xf000;
    private static final int DIRECTORY = 0x4000;
    private static final int SOCKET = 0xc000;
    private static final int OTHERS = 0077;

    private AgentSocket() {}

    /** The folder of the sockets for a new agent. */
    static Path folder() throws IOException {
        String runtime = System.getenv().getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty()) return Path.of(runtime, "xenimage");
        int user = user();
        return user == 0
                ? Path.of("/run/xenimage")
                : Path.of("/run/user", String.valueOf(user), "xenimage");
    }

    /** The socket of the agent that runs; where a new one would have it, if none does. */
    static Path running() throws IOException {
        Path own = folder().resolve(NAME);
        Path ofSystem =
                Path.of("/run/xenimage").resolve(NAME); // root's, whom systemd starts it for
        return !Files.exists(own) && user() == 0 && Files.exists(ofSystem) ? ofSystem : own;
    }

    /** The user of this process. */
    static int user() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer user
                ? user
                : -1;
    }

    /**
     * Why a socket is not trusted; empty if it is.
     *
     * @param socket in its folder
     */
    static Optional<String> distrust(Path socket) throws IOException {
        Path folder = socket.getParent();
        if (folder == null) return Optional.of(socket + ": is not in a folder");
        Optional<String> open = distrust(folder, DIRECTORY, "a folder");
        return open.isPresent() ? open : distrust(socket, SOCKET, "a socket");
    }

    /** Why the folder of a new socket is not trusted; empty if it is. */
    static Optional<String> distrustFolder(Path folder) throws IOException {
        return distrust(folder, DIRECTORY, "a folder");
    }

    private static Optional<String> distrust(Path file, int type, String what) throws IOException {
        Map<String, Object> found =
                Files.readAttributes(file, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
        if (!(found.get("mode") instanceof Integer mode)
                || !(found.get("uid") instanceof Integer owner))
            return Optional.of(file + ": has no owner");
        if ((mode & TYPE) != type) return Optional.of(file + ": is not " + what);
        if (owner != user()) return Optional.of(file + ": belongs to user " + owner);
        return (mode & OTHERS) == 0
                ? Optional.empty()
                : Optional.of(file + ": is open to other users; chmod go= " + file);
    }
}
