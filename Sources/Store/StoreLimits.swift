/// Bounds and waiting times of the folder store.
public enum StoreLimits {
    /// From the event that says that a file is complete to reading it, so that several changes become one update.
    /// Small against the 100 ms in which a changed Secret is to be served.
    public static let settleTime = Duration.milliseconds(5)
    /// How long a new file without an event that says so must stay the same until it counts as complete.
    public static let creationTime = Duration.milliseconds(20)
    /// How long a file or folder must be away until its objects go. Editors that move the old file out of the way before
    /// they write the new one, and folders that are swapped, come back sooner.
    public static let absenceTime = Duration.milliseconds(30)
    /// A file that a program holds open for writing is read when the program closes it; or when nothing was written for
    /// so long and the file is not empty, for programs that never close.
    public static let openFileTime = Duration.seconds(60)
    /// How often links that lead out of the folder, and a folder that is missing, are looked at: nothing reports those.
    public static let linkCheckTime = Duration.seconds(1)
    /// How often everything is looked at when the system cannot watch (limits of inotify reached, remote file systems).
    public static let pollTime = Duration.milliseconds(500)
    /// Folders inside each other. Deeper ones are not read, and reported.
    public static let folderDepthMax = 32
    /// Folders in a folder and below, each way that links lead to one counted. Further ones are not read, and reported: folders
    /// full of links to each other have more ways than anybody could go.
    public static let foldersMax = 10_000
    /// Manifest files in a folder and below. Further ones are not read, and reported. Ten times what is tested for speed.
    public static let filesMax = 200_000
    /// Problems in an update; the last one says how many there are beyond.
    public static let problemsMax = 1000
    /// Threads that parse at the start. More would only wait for memory.
    public static let parseThreadsMax = 8
    /// File names in the state folder end in `.yaml`, and Linux allows 255 bytes.
    public static let stateNameBytesMax = 250
}
