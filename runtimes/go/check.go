package interlock

const (
	maxColumns    = 100_000
	maxAttributes = 10_000
	maxRows       = 1_000_000
)

var tableFields = []string{
	"format", "format_version", "policy", "version", "digest", "attributes", "rows", "columns", "rules",
	"states", "invalid", "pools", "upstreams", "models", "source",
}

// check makes a table of a tree that has exactly the fields tableFields. Everything that docs/table-format.md says of
// a table is looked at; what differs is refused.
func check(root *node) *Table {
	t := &Table{policy: root.field("policy").text(), version: root.field("version").text()}
	rules := root.field("rules")
	t.rules = rules.texts()
	rules.distinct(t.rules, "names")
	columns := len(root.field("columns").limited(maxColumns))
	t.checkRows(root.field("rows"), columns)
	t.checkAttributes(root.field("attributes"))
	t.checkUpstreams(root.field("upstreams"))
	t.checkModels(root.field("models"))
	t.checkPools(root.field("pools"))
	t.checkStates(root.field("states"))
	t.checkColumns(root.field("columns"))
	t.invalid = root.field("invalid").reference(len(t.states), "states")
	t.checkSource(root.field("source"))
	return t
}

func (t *Table) checkRows(n *node, columns int) {
	texts := n.limited(maxRows)
	t.rows = make([]bitset, 0, len(texts))
	for i := range texts {
		text, _ := texts[i].(string)
		words, ok := hexBitset(text)
		if !ok {
			n.item(i).refuse(ReasonStructure, "must be a string of lower-case hex without leading zeros")
		}
		if words.width() > columns {
			n.item(i).refuse(ReasonBounds, "has a bit at or above the number of columns, %d", columns)
		}
		t.rows = append(t.rows, words)
	}
	n.distinct(n.texts(), "rows")
}

func (t *Table) checkColumns(n *node) {
	for i := range n.list() {
		item := n.item(i)
		item.sized(2)
		t.columns = append(t.columns, column{
			item.item(0).reference(len(t.rules), "rules"),
			item.item(1).reference(len(t.states), "states"),
		})
		if i > 0 && t.columns[i-1].rule > t.columns[i].rule {
			item.refuse(ReasonStructure, "must be in rule order")
		}
	}
}

func (t *Table) checkStates(n *node) {
	count := len(n.list())
	t.states = make([]state, count)
	for i := range t.states {
		item, made := n.item(i), &t.states[i]
		object, _ := item.value.(map[string]any)
		if _, isEnd := object["fail"]; isEnd {
			item.object("fail")
			fail := item.field("fail")
			fail.object("status", "message")
			made.pool = -1
			made.fail = failure{status(fail.field("status")), fail.field("message").textOrNull()}
			continue
		}
		item.object("pool", "next")
		made.pool = item.field("pool").reference(len(t.pools), "pools")
		next := item.field("next")
		for class := range next.sized(classes) {
			made.next[class] = -1
			if to := next.item(class); !to.isNull() {
				made.next[class] = to.reference(count, "states")
			}
		}
	}
}

func status(n *node) int { return int(n.integer(400, 599)) }

func (t *Table) checkPools(n *node) {
	var names []string
	for i := range n.list() {
		item := n.item(i)
		item.object("name", "family", "members", "maglev", "sticky", "retry")
		item.field("family").text()
		made := pool{name: item.field("name").text(), sticky: -1, retry: item.field("retry").amount()}
		names = append(names, made.name)
		made.members = t.checkMembers(item.field("members"))
		maglev := item.field("maglev")
		if len(made.members) > 1 {
			made.maglev = maglev.references(slots, len(made.members), "members")
		} else if !maglev.isNull() {
			maglev.refuse(ReasonStructure, "must be null for a pool of one member")
		}
		if sticky := item.field("sticky").textOrNull(); sticky.given {
			index, ok := t.index[sticky.text]
			if !ok || t.attributes[index].kind == setType {
				item.field("sticky").refuse(ReasonStructure, "must be the name of an attribute that is no set")
			}
			made.sticky = index
		}
		t.pools = append(t.pools, made)
	}
	n.distinct(names, "names")
}

func (t *Table) checkMembers(n *node) []member {
	if len(n.list()) == 0 {
		n.refuse(ReasonStructure, "must have at least 1 item")
	}
	var made []member
	var names []string
	for i := range n.list() {
		item := n.item(i)
		item.object("upstream", "model", "weight")
		m := member{
			upstream: item.field("upstream").reference(len(t.upstreams), "upstreams"),
			model:    item.field("model").reference(len(t.models), "models"),
		}
		item.field("weight").integer(1, 100)
		m.name = t.upstreams[m.upstream].name + "/" + t.models[m.model]
		made = append(made, m)
		names = append(names, m.name)
	}
	n.rising(names, "members")
	return made
}

func (t *Table) checkUpstreams(n *node) {
	var names []string
	for i := range n.list() {
		item := n.item(i)
		item.object("name", "family", "provider", "account", "region", "endpoint", "supports", "timeouts", "limit", "breaker")
		made := upstream{
			name:     item.field("name").text(),
			provider: item.field("provider").text(),
			account:  item.field("account").textOrNull(),
			region:   item.field("region").textOrNull(),
			limit:    checkLimit(item.field("limit")),
			breaker:  checkBreaker(item.field("breaker")),
		}
		item.field("family").text()
		if endpoint := item.field("endpoint"); !endpoint.isNull() {
			endpoint.only("url", "env")
			object := endpoint.value.(map[string]any)
			if len(object) != 1 {
				endpoint.refuse(ReasonStructure, "must have either \"url\" or \"env\"")
			}
			for name := range object {
				endpoint.field(name).text()
			}
		}
		checkSupports(item.field("supports"))
		checkAmounts(item.field("timeouts"), "connect", "first_token", "total")
		names = append(names, made.name)
		t.upstreams = append(t.upstreams, made)
	}
	n.distinct(names, "names")
}

func checkLimit(n *node) *limit {
	if n.isNull() {
		return nil
	}
	n.object("count", "per", "burst", "status")
	made := &limit{count: n.field("count").amount(), burst: n.field("burst").amount(), period: 1000}
	if n.field("per").choice("s", "min") == "min" {
		made.period = 60_000
	}
	if code := n.field("status"); !code.isNull() {
		made.status = status(code)
	}
	return made
}

func checkBreaker(n *node) *breaker {
	if n.isNull() {
		return nil
	}
	n.object("share", "requests", "window_ms", "probe_ms")
	return &breaker{
		share:    n.field("share").amount(),
		requests: n.field("requests").amount(),
		windowMS: n.field("window_ms").amount(),
		probeMS:  n.field("probe_ms").amount(),
	}
}

func (t *Table) checkModels(n *node) {
	for i := range n.list() {
		item := n.item(i)
		item.object("name", "context", "prices", "supports")
		if context := item.field("context"); !context.isNull() {
			context.amount()
		}
		checkAmounts(item.field("prices"), "input", "output", "cache_read", "cache_write")
		checkSupports(item.field("supports"))
		t.models = append(t.models, item.field("name").text())
	}
	n.distinct(t.models, "names")
}

func checkSupports(n *node) { n.rising(n.texts(), "capabilities") }

func checkAmounts(n *node, names ...string) {
	n.only(names...)
	for _, name := range names {
		if _, given := n.value.(map[string]any)[name]; given {
			n.field(name).amount()
		}
	}
}

// checkSource keeps the places of the rules; those of other things are only looked at.
func (t *Table) checkSource(n *node) {
	n.object("files", "policy", "rules", "attributes", "pools", "upstreams", "models")
	files := n.field("files").texts()
	checkPlace(n.field("policy"), files)
	t.places = checkPlaces(n.field("rules"), len(t.rules), files)
	checkPlaces(n.field("attributes"), len(t.attributes), files)
	checkPlaces(n.field("pools"), len(t.pools), files)
	checkPlaces(n.field("upstreams"), len(t.upstreams), files)
	checkPlaces(n.field("models"), len(t.models), files)
}

func checkPlaces(n *node, size int, files []string) []Place {
	var made []Place
	for i := range n.sized(size) {
		made = append(made, checkPlace(n.item(i), files))
	}
	return made
}

func checkPlace(n *node, files []string) Place {
	n.object("doc", "file", "start", "end")
	doc := n.field("doc").textOrNull()
	return Place{
		File:   files[n.field("file").reference(len(files), "source.files")],
		Start:  checkPosition(n.field("start")),
		End:    checkPosition(n.field("end")),
		Doc:    doc.text,
		hasDoc: doc.given,
	}
}

func checkPosition(n *node) [2]int {
	n.sized(2)
	return [2]int{int(n.item(0).integer(1, maxInteger)), int(n.item(1).integer(1, maxInteger))}
}

// checkAttributes fills in all attributes but what deciding fast needs besides.
func (t *Table) checkAttributes(n *node) {
	list := n.limited(maxAttributes)
	t.attributes = make([]attribute, len(list))
	t.index = make(map[string]int, len(list))
	names := make([]string, len(list))
	for i := range t.attributes {
		checkAttribute(n.item(i), &t.attributes[i], len(t.rows))
		names[i] = t.attributes[i].name
		t.index[names[i]] = i
	}
	n.rising(names, "names")
}
