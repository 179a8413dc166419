package org.xenimage.pipeline;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.io.PendingFile;
import org.xenimage.image.io.RunFiles;
import org.xenimage.pipeline.Journal.Delivery;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The folder of the outputs, held by one run: its lock, its journal, the outputs that are not whole yet.
 *
 * <p>Safe for use by several threads.
 */
final class OutFolder implements Closeable {
    /** The run's own folder. */
    static final String OWN = ".xenimage-bulk";

    private final Path folder;
    private final Path unfinished;
    private final FileChannel lockFile;
    private final Journal journal;
    private final Map<String, Delivery> past;
    private final RunFiles files;
    private final boolean replace;
    private final String time;
    private final AtomicLong numbers = new AtomicLong();
    private final Set<Path> touched = new HashSet<>();

    private OutFolder(
            Path folder,
            FileChannel lockFile,
            Journal journal,
            Map<String, Delivery> past,
            RunFiles files,
            boolean replace,
            String time) {
        this.folder = folder;
        this.unfinished = folder.resolve(OWN).resolve("new");
        this.lockFile = lockFile;
        this.journal = journal;
        this.past = past;
        this.files = files;
        this.replace = replace;
        this.time = time;
    }

    /**
     * Takes a folder.
     *
     * @param request whose folder
     * @param options what the results depend on, by what it is called in messages
     * @return the folder
     * @throws IOException a {@link BulkRefused} if another run holds it, or an earlier one is in
     *     the way
     */
    static OutFolder open(BulkRequest request, SequencedMap<String, String> options)
            throws IOException {
        Path folder = request.out();
        Path own = folder.resolve(OWN);
        Files.createDirectories(folder);
        createPrivately(own);
        createPrivately(own.resolve("new"));
        FileChannel lockFile = lock(own.resolve("lock"), folder);
        try {
            Path file = own.resolve("journal");
            request.files().writing(file);
            String now = request.context().now().toString();
            boolean replace = request.has(BulkRequest.Choice.REPLACE);
            if (replace && !request.has(BulkRequest.Choice.RESUME)) {
                Journal journal = Journal.open(file, 0);
                journal.begin(options, now);
                OutFolder opened =
                        new OutFolder(
                                folder, lockFile, journal, Map.of(), request.files(), true, now);
                forceNames(own);
                opened.clear();
                return opened;
            }
            Optional<Journal.Past> past = Journal.read(file);
            if (past.isPresent() && !request.has(BulkRequest.Choice.RESUME))
                throw new BulkRefused(
                        folder
                                + ": holds the output of an earlier run; use --resume to continue "
                                + "it, or --force to start again and replace it");
            boolean begin = past.isEmpty();
            if (past.isPresent() && !past.get().options().equals(options)) {
                if (!request.has(BulkRequest.Choice.OTHER_OPTIONS))
                    throw otherOptions(folder, past.get().options(), options);
                begin = true;
            }
            Journal journal = Journal.open(file, past.map(Journal.Past::length).orElse(0L));
            String time = past.map(Journal.Past::time).orElse(now);
            if (begin) journal.begin(options, time);
            forceNames(own);
            Map<String, Delivery> deliveries =
                    past.isPresent() ? new HashMap<>(past.get().deliveries()) : Map.of();
            OutFolder opened =
                    new OutFolder(
                            folder, lockFile, journal, deliveries, request.files(), replace, time);
            opened.clear();
            return opened;
        } catch (IOException | RuntimeException | Error e) {
            lockFile.close();
            throw e;
        }
    }

    private static BulkRefused otherOptions(
            Path folder, Map<String, String> then, Map<String, String> now) {
        Set<String> names = new TreeSet<>(then.keySet());
        names.addAll(now.keySet());
        names.removeIf(name -> then.getOrDefault(name, "").equals(now.getOrDefault(name, "")));
        return new BulkRefused(
                ("%s: the run was started with different options: %s; resume with the same options, "
                                + "or use --accept-changes to keep what was delivered and continue with "
                                + "the new ones")
                        .formatted(
                                folder,
                                String.join(
                                        ", ",
                                        names.stream()
                                                .map(name -> describe(name, then, now))
                                                .toList())));
    }

    /** Short texts only: digests tell a person nothing. */
    private static String describe(String name, Map<String, String> then, Map<String, String> now) {
        if (!then.containsKey(name)) return name + " was added";
        if (!now.containsKey(name)) return name + " was removed";
        String before = then.getOrDefault(name, "");
        String after = now.getOrDefault(name, "");
        boolean brief = before.length() + after.length() < 80;
        return brief ? "%s was %s, is now %s".formatted(name, before, after) : name + " changed";
    }

    private static void createPrivately(Path folder) throws IOException {
        try {
            if (Files.getFileAttributeView(
                            folder.toAbsolutePath().getParent(), PosixFileAttributeView.class)
                    == null) Files.createDirectory(folder);
            else
                Files.createDirectory(
                        folder,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) throw e;
        }
    }

    private static FileChannel lock(Path file, Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        @Nullable FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this process itself.
        }
        if (lock == null) {
            channel.close();
            throw new BulkRefused(folder + ": another bulk run is using this folder");
        }
        return channel;
    }

    /** Puts what was written down as whole in its place, and removes what was not. */
    private void clear() throws IOException {
        Map<String, Delivery> complete = new HashMap<>();
        for (Delivery delivery : past.values()) complete.put(delivery.temporary(), delivery);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(unfinished)) {
            for (Path file : files) {
                String number = file.getFileName().toString();
                numbers.accumulateAndGet(numberOf(number), Math::max);
                if (!complete.containsKey(number)) Files.delete(file);
            }
        }
        for (String number : complete.keySet())
            numbers.accumulateAndGet(numberOf(number), Math::max);
    }

    private static long numberOf(String temporary) {
        try {
            return Long.parseLong(temporary);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** {@return the time that policies see: that of the run that began here} */
    String time() {
        return time;
    }

    /**
     * What an earlier run delivered of an image, put in its place if it did not come so far.
     *
     * @param item the image
     * @return nothing if it is to be done, again or for the first time
     * @throws IOException if it cannot be put there
     */
    Optional<Delivery> delivered(ImageTree.Item item) throws IOException {
        Delivery delivery = past.get(item.name());
        if (delivery == null) return Optional.empty();
        Path temporary = unfinished.resolve(delivery.temporary());
        Path place = folder.resolve(item.relative());
        if (!delivery.isOf(item)) {
            Files.deleteIfExists(temporary);
            return Optional.empty();
        }
        if (Files.exists(temporary)) {
            if (Files.size(temporary) != delivery.outputSize()) {
                Files.delete(temporary);
                return Optional.empty();
            }
            makeFolderOf(place); // a power cut may have taken it
            move(temporary, place);
        }
        boolean there =
                Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
                        && Files.size(place) == delivery.outputSize();
        return there ? Optional.of(delivery) : Optional.empty();
    }

    /**
     * Looks whether an image's output may get its place, and makes the folder for it.
     *
     * @param item the image
     * @throws IOException if it may not
     */
    void prepare(ImageTree.Item item) throws IOException {
        Path place = folder.resolve(item.relative());
        if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS))
            throw new IOException(place + ": is a directory");
        files.writing(place);
        if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)
                && !replace
                && !past.containsKey(item.name()))
            throw new IOException(place + ": already exists; use --force to replace it");
        makeFolderOf(place);
    }

    private static void makeFolderOf(Path place) throws IOException {
        Path parent = place.getParent();
        if (parent != null) Files.createDirectories(parent);
    }

    /** {@return a name for an output that is not whole yet} */
    Path temporary() {
        return unfinished.resolve(Long.toString(numbers.incrementAndGet()));
    }

    /**
     * Writes down that an output is whole, and puts it in its place.
     *
     * @param item the image
     * @param delivery its output, on disk under its temporary name
     * @throws IOException if the operating system refuses
     */
    void deliver(ImageTree.Item item, Delivery delivery) throws IOException {
        journal.deliver(delivery);
        move(unfinished.resolve(delivery.temporary()), folder.resolve(item.relative()));
    }

    private void move(Path temporary, Path place) throws IOException {
        try {
            Files.move(
                    temporary,
                    place,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(place + ": is on a different file system from " + unfinished, e);
        }
        // Folders above it may be new too, and their own names must reach the disk.
        synchronized (touched) {
            for (Path parent = place.getParent();
                    parent != null && parent.startsWith(folder);
                    parent = parent.getParent()) touched.add(parent);
        }
    }

    /**
     * Waits until the names of the outputs are on disk too. The journal does not need it: the next
     * run renames an output whose name was lost.
     *
     * @throws IOException if the operating system refuses
     */
    void force() throws IOException {
        Set<Path> folders;
        synchronized (touched) {
            folders = new HashSet<>(touched);
        }
        for (Path parent : folders) PendingFile.forceFolder(parent);
    }

    /** If a power cut lost the journal's name, the next run would not know what was delivered. */
    private static void forceNames(Path own) throws IOException {
        PendingFile.forceFolder(own);
        Path folder = own.toAbsolutePath().getParent();
        if (folder != null) PendingFile.forceFolder(folder);
    }

    @Override
    public void close() throws IOException {
        try (lockFile) {
            journal.close();
        }
    }
}
