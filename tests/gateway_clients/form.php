<?php
// The usual way of reseller scripts: curl, and a body that is put together by hand.
final class Panel
{
    public function __construct(private string $url, private string $key)
    {
    }

    private function call(array $fields): mixed
    {
        $pairs = [];
        foreach (array_merge(['key' => $this->key], $fields) as $name => $value) {
            $pairs[] = $name . '=' . urlencode((string) $value);
        }
        $curl = curl_init($this->url);
        curl_setopt($curl, CURLOPT_POST, true);
        curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
        curl_setopt($curl, CURLOPT_HEADER, false);
        curl_setopt($curl, CURLOPT_FOLLOWLOCATION, true);
        curl_setopt($curl, CURLOPT_USERAGENT, 'Mozilla/4.0 (compatible; MSIE 5.01; Windows NT 5.0)');
        curl_setopt($curl, CURLOPT_POSTFIELDS, getenv('PARTS') ? array_merge(['key' => $this->key], $fields) : implode('&', $pairs));
        $body = curl_exec($curl);
        curl_close($curl);
        return json_decode($body, true);
    }

    public function add(array $order): mixed
    {
        return $this->call(array_merge(['action' => 'add'], $order));
    }

    public function status(int $order): mixed
    {
        return $this->call(['action' => 'status', 'order' => $order]);
    }

    public function statuses(array $orders): mixed
    {
        return $this->call(['action' => 'status', 'orders' => implode(',', $orders)]);
    }

    public function services(): mixed
    {
        return $this->call(['action' => 'services']);
    }

    public function balance(): mixed
    {
        return $this->call(['action' => 'balance']);
    }
}

[, $url, $key, $mark] = $argv;
$panel = new Panel($url, $key);
$link = "https://example.com/$mark";
$likes = $panel->add(['service' => 1, 'link' => "$link/1", 'quantity' => 100, 'ref' => "$mark-1"]);
$again = $panel->add(['service' => 1, 'link' => "$link/1", 'quantity' => 100, 'ref' => "$mark-1"]);
$talk = $panel->add(['service' => 4, 'link' => "$link/2", 'comments' => "Nice\r\nسلام دنیا"]);
echo json_encode([
    'services' => count($panel->services()),
    'balance' => $panel->balance(),
    'likes' => $likes,
    'again' => $again,
    'talk' => $talk,
    'status' => $panel->status($likes['order']),
    'statuses' => $panel->statuses([$likes['order'], $talk['order'], 999999]),
    'wrong' => (new Panel($url, 'wrong'))->balance(),
]), "\n";
