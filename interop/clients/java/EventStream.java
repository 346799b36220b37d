import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;

/** The JDK's HttpClient has no parser of event streams: java EventStream.java URL COOKIE */
class EventStream {
  private static String cursor = "";
  private static long retryMs = 2000;

  public static void main(String[] args) throws InterruptedException {
    var client = HttpClient.newHttpClient();
    var request = HttpRequest.newBuilder(URI.create(args[0])).header("Cookie", "sessionid=" + args[1]);
    for (int status = 200; status == 200; Thread.sleep(retryMs)) {
      if (!cursor.isEmpty()) request.setHeader("Last-Event-ID", cursor);
      try {
        var response = client.send(request.build(), BodyHandlers.ofLines());
        status = response.statusCode();
        if (status == 200) read(response.body().iterator());
        else System.out.println("{\"refused\": " + status + "}");
      } catch (IOException | java.io.UncheckedIOException error) {
        System.out.println("{\"error\": \"disconnected\"}");
      }
    }
  }

  private static void read(Iterator<String> lines) {
    String id = "", data = "", event = "";
    while (lines.hasNext()) {
      var line = lines.next();
      var value = line.substring(line.indexOf(':') + 1).strip();
      if (line.startsWith("id:")) id = value;
      else if (line.startsWith("data:")) data = value;
      else if (line.startsWith("event:")) event = value;
      else if (line.startsWith("retry:")) retryMs = Long.parseLong(value);
      else if (line.isEmpty()) {
        if (!data.isEmpty() && event.isEmpty()) System.out.println("{\"message\": " + data + ", \"id\": \"" + id + "\"}");
        if (!id.isEmpty()) cursor = id;
        id = data = event = "";
      }
    }
  }
}
