// Jsch.java put|get file HOST PORT USER KEY FROM TO: one transfer as JSch's examples ScpTo and ScpFrom do it.
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;
import java.io.File;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

public class Jsch {
  public static void main(String[] args) throws Exception {
    String source = args[6];
    String target = args[7];
    JSch jsch = new JSch();
    jsch.addIdentity(args[5]);
    Session session = jsch.getSession(args[4], args[2], Integer.parseInt(args[3]));
    session.setConfig("StrictHostKeyChecking", "no");
    session.connect();
    boolean done = false;
    try {
      done = args[0].equals("put") ? put(session, source, target) : get(session, source, target);
    } finally {
      session.disconnect();
    }
    System.exit(done ? 0 : 1);
  }

  private static ChannelExec exec(Session session, String command) throws Exception {
    ChannelExec channel = (ChannelExec) session.openChannel("exec");
    channel.setCommand(command);
    return channel;
  }

  private static boolean put(Session session, String source, String target) throws Exception {
    ChannelExec channel = exec(session, "scp -p -t " + target);
    OutputStream out = channel.getOutputStream();
    InputStream in = channel.getInputStream();
    channel.connect();
    if (!accepted(in)) return false;
    File file = new File(source);
    long seconds = file.lastModified() / 1000;
    send(out, "T" + seconds + " 0 " + seconds + " 0\n");
    if (!accepted(in)) return false;
    send(out, "C0644 " + file.length() + " " + file.getName() + "\n");
    if (!accepted(in)) return false;
    Files.copy(file.toPath(), out);
    out.write(0);
    out.flush();
    if (!accepted(in)) return false;
    out.close();
    channel.disconnect();
    return true;
  }

  private static boolean get(Session session, String source, String target) throws Exception {
    ChannelExec channel = exec(session, "scp -f " + source);
    OutputStream out = channel.getOutputStream();
    InputStream in = channel.getInputStream();
    channel.connect();
    acknowledge(out);
    String record = line(in);
    if (!record.startsWith("C")) {
      System.err.println(record.substring(1));
      return false;
    }
    long left = Long.parseLong(record.split(" ")[1]);
    acknowledge(out);
    byte[] buffer = new byte[1024];
    try (FileOutputStream file = new FileOutputStream(target)) {
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) return false;
        file.write(buffer, 0, count);
        left -= count;
      }
    }
    if (!accepted(in)) return false;
    acknowledge(out);
    channel.disconnect();
    return true;
  }

  private static void send(OutputStream out, String record) throws Exception {
    out.write(record.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static void acknowledge(OutputStream out) throws Exception {
    out.write(0);
    out.flush();
  }

  private static boolean accepted(InputStream in) throws Exception {
    int reply = in.read();
    if (reply == 1 || reply == 2) System.err.println(line(in));
    return reply == 0;
  }

  private static String line(InputStream in) throws Exception {
    StringBuilder text = new StringBuilder();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) text.append((char) next);
    return text.toString();
  }
}
